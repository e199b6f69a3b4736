package org.shmarrays.examples.mnist;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.shmarrays.checkpoint.ResumePlan;
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

    // Names of what checkpoints keep, which are those of the options.
    private static final String MODEL = "model";
    private static final String MODE = "mode";
    private static final String EPOCHS = "epochs";
    private static final String BATCH_SIZE = "batch-size";
    private static final String LEARNING_RATE = "learning-rate";
    private static final String MOMENTUM = "momentum";
    private static final String SEED = "seed";
    private static final String DTYPE = "dtype";
    private static final String ROUNDING = "rounding";
    private static final String DATA = "data";

    private static final String IMAGES = "training-images";

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
     * The arrays of the training's segment: the parameters and the {@link WorkTable}.
     *
     * @param workers with which the training begins
     * @param images of the training set
     */
    List<ArraySpec> segmentSpecs(final int workers, final int images) {
        final List<ArraySpec> specs = new ArrayList<>(specs());
        specs.add(WorkTable.spec(workers, Batches.perEpoch(images, batchSize)));
        return specs;
    }

    /** Whether an array of the segment has no parameters, but what the training itself needs. */
    boolean isOwnArray(final String array) {
        return array.equals(ResumePlan.ARRAY) || model instanceof Model && array.equals(WorkTable.NAME);
    }

    /**
     * What the training's checkpoints keep of this plan. Where the data set is may change, but not what is in it.
     *
     * @param images tells the training images from others
     */
    ResumePlan resumePlan(final String images) {
        final Map<String, String> fixed = new LinkedHashMap<>(Map.of(MODEL, model.label()));
        fixed.put(MODE, modeName());
        fixed.put(BATCH_SIZE, Integer.toString(batchSize));
        fixed.put(MOMENTUM, Double.toString(momentum));
        fixed.put(SEED, Long.toString(seed));
        fixed.put(DTYPE, elementsName());
        fixed.put(ROUNDING, roundingName());
        fixed.put(IMAGES, images);
        final Map<String, String> free = new LinkedHashMap<>(Map.of(EPOCHS, Integer.toString(epochs)));
        // DL4J has the learning rate in the configuration of the network, which stays.
        (model instanceof Model ? free : fixed).put(LEARNING_RATE, Double.toString(learningRate));
        if (data != null) {
            free.put(DATA, data.toString());
        }
        return new ResumePlan(fixed, free);
    }

    /**
     * The plan of the training that a checkpoint is of.
     *
     * @throws IllegalArgumentException if it is none of a training by {@code mnist}
     */
    static TrainingPlan ofCheckpoint(final Path file) {
        return ResumePlan.ofCheckpoint(file)
                .filter(kept -> kept.fixed().containsKey(IMAGES))
                .map(TrainingPlan::of)
                .orElseThrow(() -> new IllegalArgumentException("not a checkpoint of a training by mnist: file=" + file
                        + ", it has no array " + ResumePlan.ARRAY + " of one"));
    }

    private static TrainingPlan of(final ResumePlan kept) {
        final Map<String, String> values = new LinkedHashMap<>(kept.free());
        values.putAll(kept.fixed());
        final long seed = Long.parseLong(values.get(SEED));
        return new TrainingPlan(
                Trainable.of(values.get(MODEL)),
                Mode.valueOf(values.get(MODE).toUpperCase(Locale.ROOT)),
                Integer.parseInt(values.get(EPOCHS)),
                Integer.parseInt(values.get(BATCH_SIZE)),
                Double.parseDouble(values.get(LEARNING_RATE)),
                Double.parseDouble(values.get(MOMENTUM)),
                seed,
                ElementType.valueOf(values.get(DTYPE).toUpperCase(Locale.ROOT)),
                rounding(values.get(ROUNDING).toUpperCase(Locale.ROOT), seed),
                values.containsKey(DATA) ? Path.of(values.get(DATA)) : null);
    }

    /** The first option that is another one in the plan of a checkpoint, and may not be; empty if there is none. */
    Optional<String> differenceFrom(final TrainingPlan kept) {
        return resumePlan("").differenceFrom(kept.resumePlan(""));
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
