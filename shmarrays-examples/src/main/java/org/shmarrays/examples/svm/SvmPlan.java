package org.shmarrays.examples.svm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.layout.Mode;

/**
 * What a training by {@code sparse-svm} is to do.
 *
 * @param epochs passes over the examples
 * @param learningRate of the first pass
 * @param seed of made-up examples
 * @param examples number of made-up examples
 * @param data file of the examples, or null if they are made up
 */
record SvmPlan(Mode mode, int epochs, double learningRate, long seed, int examples, Path data) {
    // Names of what checkpoints keep, which are those of the options.
    private static final String MODE = "mode";
    private static final String EPOCHS = "epochs";
    private static final String LEARNING_RATE = "learning-rate";
    private static final String SEED = "seed";
    private static final String EXAMPLES = "examples";
    private static final String DATA = "data";

    /** Begins the plans of this command. */
    private static final String KIND = "training";

    private static final String SPARSE_SVM = "sparse-svm";
    private static final String CONTENT = "content of the file";

    /** What {@link SvmWorker} gets. */
    List<String> arguments() {
        final List<String> arguments =
                new ArrayList<>(List.of(Integer.toString(epochs), Double.toString(learningRate)));
        if (data == null) {
            arguments.addAll(List.of(Long.toString(seed), Integer.toString(examples)));
        }
        return arguments;
    }

    /**
     * What the training's checkpoints keep of this plan. Where the file is may change, but not what is in it.
     *
     * @param content tells the examples of the file from others; null for made-up ones
     */
    ResumePlan resumePlan(final String content) {
        final Map<String, String> fixed = new LinkedHashMap<>(Map.of(KIND, SPARSE_SVM));
        fixed.put(MODE, mode.name().toLowerCase(Locale.ROOT));
        final Map<String, String> free = new LinkedHashMap<>(Map.of(EPOCHS, Integer.toString(epochs)));
        free.put(LEARNING_RATE, Double.toString(learningRate));
        if (data == null) {
            fixed.put(SEED, Long.toString(seed));
            fixed.put(EXAMPLES, Integer.toString(examples));
        } else {
            fixed.put(CONTENT, content);
            free.put(DATA, data.toString());
        }
        return new ResumePlan(fixed, free);
    }

    /** The first option that is another one in the plan of a checkpoint, and may not be; empty if there is none. */
    Optional<String> differenceFrom(final SvmPlan kept) {
        return resumePlan("").differenceFrom(kept.resumePlan(""));
    }

    /**
     * The plan of the training that a checkpoint is of.
     *
     * @throws IllegalArgumentException if it is none of a training by {@code sparse-svm}
     */
    static SvmPlan ofCheckpoint(final Path file) {
        return ResumePlan.ofCheckpoint(file)
                .filter(kept -> SPARSE_SVM.equals(kept.fixed().get(KIND)))
                .map(SvmPlan::of)
                .orElseThrow(() -> new IllegalArgumentException("not a checkpoint of a training by sparse-svm: file="
                        + file + ", it has no array " + ResumePlan.ARRAY + " of one"));
    }

    private static SvmPlan of(final ResumePlan kept) {
        final Map<String, String> values = new LinkedHashMap<>(kept.free());
        values.putAll(kept.fixed());
        return new SvmPlan(
                Mode.valueOf(values.get(MODE).toUpperCase(Locale.ROOT)),
                Integer.parseInt(values.get(EPOCHS)),
                Double.parseDouble(values.get(LEARNING_RATE)),
                Long.parseLong(values.getOrDefault(SEED, "0")),
                Integer.parseInt(values.getOrDefault(EXAMPLES, "0")),
                values.containsKey(DATA) ? Path.of(values.get(DATA)) : null);
    }
}
