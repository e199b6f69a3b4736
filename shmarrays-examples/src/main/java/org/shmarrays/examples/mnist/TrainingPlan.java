package org.shmarrays.examples.mnist;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.ArrayCheckpoint;
import org.shmarrays.examples.WorkTable;
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

    /** Name of the array that keeps the plan. */
    private static final String NAME = "plan";

    /** Of that array; {@link #with} may make the plan longer than it was. */
    private static final int LEAST_LENGTH = 256;

    private static final int SPARE_LENGTH = 64;

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

    /**
     * The arrays of the training's segment: the parameters, the {@link WorkTable}, and this plan, for those that resume
     * from a checkpoint.
     *
     * @param workers with which the training begins
     * @param images of the training set
     */
    List<ArraySpec> segmentSpecs(final int workers, final int images) {
        final List<ArraySpec> specs = new ArrayList<>(specs());
        specs.add(WorkTable.spec(workers, Batches.perEpoch(images, batchSize)));
        specs.add(ArraySpec.of(NAME, ElementType.INT32, Math.max(LEAST_LENGTH, bytes().length + SPARE_LENGTH))
                .inMode(Mode.HOGWILD));
        return specs;
    }

    /** Whether an array of the segment has no parameters, but what the training itself needs. */
    boolean isOwnArray(final String array) {
        return model instanceof Model && (array.equals(NAME) || array.equals(WorkTable.NAME));
    }

    /** This plan as the array of {@link #segmentSpecs} has it: its arguments, followed by zeros. */
    private byte[] bytes() {
        return String.join("\n", arguments()).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Stores this plan in the segment of its training, before other processes see it.
     *
     * @throws IllegalStateException if the plan is longer than its array; {@link #with} makes it no longer than that
     */
    void store(final ShmArrays arrays) {
        final byte[] bytes = bytes();
        final int[] values = new int[arrays.array(NAME).elementCount()];
        if (bytes.length > values.length) {
            throw new IllegalStateException("the plan does not fit into its array: array=" + NAME + ", bytes="
                    + bytes.length + ", elements=" + values.length);
        }
        for (int i = 0; i < bytes.length; i++) {
            values[i] = bytes[i];
        }
        arrays.array(NAME).write(values);
    }

    private static TrainingPlan decoded(final int[] values) {
        final byte[] bytes = new byte[values.length];
        int length = 0;
        while (length < values.length && values[length] != 0) {
            bytes[length] = (byte) values[length];
            length++;
        }
        return of(new String(bytes, 0, length, StandardCharsets.UTF_8).split("\n"));
    }

    /**
     * The plan of the training that a checkpoint is of.
     *
     * @throws IllegalArgumentException if it is none of a training by this module's own workers
     */
    static TrainingPlan ofCheckpoint(final Path file) {
        try (ArrayCheckpoint checkpoint = ArrayCheckpoint.open(file)) {
            final int length = checkpoint.specs().stream()
                    .filter(spec -> spec.name().equals(NAME))
                    .mapToInt(ArraySpec::elementCount)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "not a checkpoint of a training by mnist: file=" + file + ", it has no array " + NAME));
            final int[] values = new int[length];
            checkpoint.readInto(NAME, values);
            return decoded(values);
        }
    }

    /** The same with another number of epochs and another learning rate. */
    TrainingPlan with(final int newEpochs, final double newRate) {
        return new TrainingPlan(model, mode, newEpochs, batchSize, newRate, momentum, seed, elements, rounding, data);
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

    /** Samples of an epoch, all workers together, in so many streams of the training set. */
    static long epochSamples(final int images, final int streams) {
        return (long) images * streams;
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
