package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What differs by class of model when a model trains on shared memory: where its flat arrays are, and how its own fit
 * is made to call {@link StepProtocol}. For the thread that trains.
 */
abstract class ModelSeam {
    /** The model that joins. */
    abstract Model model();

    /** How each parameter is updated, by DL4J's own updater. */
    abstract NetworkRanges ranges();

    /** The layers with constraints, in ascending order of their parameters. */
    abstract List<ConstrainedLayer> constrainedLayers();

    /** A copy of DL4J's own updater state, flat, before {@link #install}; null if there is none. */
    abstract INDArray updaterState();

    /** The model's own flat parameters, {@code [n]}: the memory in which it computes. */
    final INDArray parameters() {
        final INDArray parameters = model().params();
        final INDArray vector = parameters.reshape(parameters.length());
        if (vector.data().address() != parameters.data().address()) {
            throw new IllegalStateException("DL4J's parameters are no contiguous memory");
        }
        return vector;
    }

    /** The model's own flat gradient, {@code [n]}. */
    abstract INDArray gradient();

    /** Makes shared memory the memory in which the model computes; its parameters become the shared values. */
    abstract void bind(INDArray values);

    /** Puts the protocol in the place of DL4J's own update and step. */
    abstract void install(StepProtocol protocol);

    /** Whether what {@link #install} put there is still there. */
    abstract boolean isInstalled();

    /** Gives the model a plain updater with this state, which may be null if there is none. */
    abstract void uninstall(INDArray updaterState);

    /** Mean score of the samples of the batch whose gradient was computed last. */
    abstract double score();

    abstract int iteration();

    abstract int epoch();

    /** Sets the model's counts: the next step's schedules, dropout and listeners go by them. */
    abstract void counts(int iteration, int epoch);

    /**
     * Writes a model file, as DL4J's ModelSerializer has it.
     *
     * @param parameters {@code [n]}
     * @param updaterState flat, or null if there is none
     */
    abstract void write(OutputStream to, INDArray parameters, INDArray updaterState, int iteration, int epoch)
            throws IOException;
}
