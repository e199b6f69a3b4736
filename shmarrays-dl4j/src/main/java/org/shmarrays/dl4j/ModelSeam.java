package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.shmarrays.layout.AliasSpec;

/**
 * What differs by class of model when a model trains on shared memory: where its flat arrays are, and how its own fit
 * is made to call {@link StepProtocol}. For the thread that trains.
 */
abstract class ModelSeam {
    /** The model itself. */
    abstract Object model();

    /** How each parameter is updated. */
    abstract NetworkRanges ranges();

    /** What the segment keeps of the model. */
    abstract ModelConfiguration configuration();

    /** The model's parameters, as parts of the flat array, in ascending order. */
    abstract List<AliasSpec> aliases();

    /** The layers with constraints, in ascending order of their parameters. */
    abstract List<ConstrainedLayer> constrainedLayers();

    /** A copy of the model's own updater state, flat, before {@link #install}; null if there is none. */
    abstract INDArray updaterState();

    /** The model's own flat parameters, {@code [n]}: the memory in which it computes. */
    abstract INDArray parameters();

    /** The model's own flat gradient, {@code [n]}. */
    abstract INDArray gradient();

    /** Makes shared memory the memory in which the model computes; its parameters become the shared values. */
    abstract void bind(INDArray values);

    /** Makes layer-wise pretraining throw, in a model that computes on a copy and has layers. */
    void refusePretraining() {}

    /**
     * Makes the model's layers compute the same with less work, in a model that has layers.
     *
     * @param isInStep whether a step of the training is computing its gradient
     */
    void useLeanLayers(final BooleanSupplier isInStep) {}

    /** Makes the model's layers compute by oneDNN where they can, in a model that has layers. */
    void useOneDnn() {}

    /** Puts the protocol in the place of the model's own update and step. */
    abstract void install(StepProtocol protocol);

    /** Whether what {@link #install} put there is still there. */
    abstract boolean isInstalled();

    /** What the user did that {@link #isInstalled} is false, as a part of a sentence. */
    String howReplaced() {
        return "its updater was replaced: network.clear(), setUpdater() and setLearningRate() do that";
    }

    /**
     * Throws unless what {@link #install} put there is still there.
     *
     * @throws IllegalStateException naming what the user did
     */
    final void checkInstalled() {
        if (!isInstalled()) {
            throw new IllegalStateException("the model no longer trains on shared memory, because " + howReplaced()
                    + "; close the training, and join again");
        }
    }

    /** Takes note of listeners that the user has set since, before a fit. */
    abstract void followListeners();

    /**
     * Takes note of what the user has done since the last step.
     *
     * @throws IllegalStateException if the model no longer trains on shared memory
     */
    void beginStep() {}

    /** Tells listeners that are called once for the training what the workers have done, between two steps. */
    abstract void advanceListeners();

    /** Takes {@link #bind} and {@link #install} back, also half of them: the model is as before the join. */
    abstract void undo();

    /** Forgets what {@link #undo} would need: the join has succeeded. */
    void settle() {}

    /**
     * Where the user has replaced the updater, takes away what is left of {@link #install}: parameters and updater stay
     * as the user has set them.
     *
     * @return false if there was nothing to do, and {@link #uninstall} is to come
     */
    boolean leaveReplaced() {
        return false;
    }

    /** Gives the model a plain updater with this state, which may be null if there is none. */
    abstract void uninstall(INDArray updaterState);

    /** Whether a batch is trained by several steps: truncated backpropagation through time. */
    abstract boolean isTruncated();

    /** Whether the step that begins is not the first one of its batch. */
    abstract boolean continuesBatch();

    /** Mean score of the samples of the batch whose gradient was computed last. */
    abstract double score();

    abstract int iteration();

    abstract int epoch();

    /** Sets the model's counts: the next step's schedules, dropout and listeners go by them. */
    abstract void counts(int iteration, int epoch);

    /** Trains the model on all batches once, by its own fit. */
    abstract void fit(DataSetIterator iterator);

    /** Trains the model on all batches once, by its own fit. */
    abstract void fit(MultiDataSetIterator iterator);

    /** Trains the model on a batch, by its own fit. */
    abstract void fit(DataSet batch);

    /** Trains the model on a batch, by its own fit. */
    abstract void fit(MultiDataSet batch);

    /** Computes the gradient of a batch into {@link #gradient}, by the parameters as they are. */
    abstract void computeGradient(MultiDataSet batch);

    /** Ends the step that {@link #computeGradient} computed the gradient of, as the model's own fit ends one. */
    abstract void applyGradient();

    /** The seed of the model's configuration. */
    abstract long seed();

    /**
     * A plain model of the same configuration, which trains alone.
     *
     * @param parameters {@code [n]}, which the copy may keep
     * @param updaterState flat, which the copy may keep; null if there is none
     */
    abstract Object copy(INDArray parameters, INDArray updaterState, int iteration, int epoch);

    /**
     * Writes a model file, as the model's own library has it.
     *
     * @param parameters {@code [n]}
     * @param updaterState flat, or null if there is none
     */
    abstract void write(OutputStream to, INDArray parameters, INDArray updaterState, int iteration, int epoch)
            throws IOException;
}
