package org.shmarrays.examples.mnist;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;

/**
 * What a training is to do; the coordinator hands it to the workers as program arguments.
 *
 * @param epochs passes of each worker over the training set; of DL4J's models, of all workers together
 * @param momentum of each worker's own velocity: v = momentum v + g; w = w - learningRate v; none of DL4J's models
 * @param elements type of the parameters in shared memory: workers calculate in float32 whatever it is
 * @param rounding of what is stored in them
 * @param data directory of the data set, or null for the bundled one
 */
record TrainingPlan(
        Trainable model,
        Mode mode,
        int epochs,
        int batchSize,
        double learningRate,
        double momentum,
        long seed,
        ElementType elements,
        Rounding rounding,
        Path data) {

    List<String> arguments() {
        final List<String> arguments = new ArrayList<>(List.of(
                model.label(),
                mode.name(),
                Integer.toString(epochs),
                Integer.toString(batchSize),
                Double.toString(learningRate),
                Double.toString(momentum),
                Long.toString(seed),
                elements.name(),
                rounding.name()));
        if (data != null) {
            arguments.add(data.toString());
        }
        return arguments;
    }

    static TrainingPlan of(final String... arguments) {
        return new TrainingPlan(
                Trainable.of(arguments[0]),
                Mode.valueOf(arguments[1]),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Double.parseDouble(arguments[4]),
                Double.parseDouble(arguments[5]),
                Long.parseLong(arguments[6]),
                ElementType.valueOf(arguments[7]),
                rounding(arguments[8], Long.parseLong(arguments[6])),
                arguments.length > 9 ? Path.of(arguments[9]) : null);
    }

    private static Rounding rounding(final String name, final long seed) {
        return name.equals(Rounding.NEAREST.name()) ? Rounding.NEAREST : Rounding.stochastic(seed);
    }

    /** The parameters as arrays of a segment. */
    List<ArraySpec> specs() {
        return ownModel().parameters().stream()
                .map(parameter -> ArraySpec.of(parameter.name(), elements, shape(parameter))
                        .inMode(mode)
                        .withRounding(rounding))
                .toList();
    }

    private static int[] shape(final ParameterSpec parameter) {
        return parameter.shape().stream().mapToInt(Math::toIntExact).toArray();
    }

    /**
     * The model of a training by this module's own workers.
     *
     * @throws ClassCastException if DL4J trains it
     */
    Model ownModel() {
        return (Model) model;
    }

    /** Samples of an epoch, all workers together. */
    long epochSamples(final int images, final int workers) {
        return model instanceof Model ? (long) images * workers : images;
    }

    /** What makes updates of gradients, as users are told. */
    String updater() {
        return model instanceof Model
                ? "learning rate " + learningRate + ", momentum " + momentum
                : "Adam with learning rate " + learningRate;
    }

    /** The data set, which is not read yet; a file that is missing is an error already. */
    MnistData load() {
        return data == null ? MnistData.bundled() : MnistData.from(data);
    }

    /** Whether workers calculate with the shared memory itself; else with a copy. */
    boolean isLive() {
        return !mode.isLocked() && elements == ElementType.FLOAT32;
    }

    /** The model's name, as users write it. */
    String modelName() {
        return model.label();
    }

    /** The mode's name, as users write it. */
    String modeName() {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    /** The element type's name, as users write it. */
    String elementsName() {
        return elements.name().toLowerCase(Locale.ROOT);
    }

    /** The rounding's name, as users write it. */
    String roundingName() {
        return rounding.name().toLowerCase(Locale.ROOT);
    }
}
