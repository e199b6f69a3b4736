package org.shmarrays.examples.embedding;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.examples.LaunchedTraining;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.examples.TrainingBeginning;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.launch.Launcher;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.output.DurableFile;
import org.shmarrays.tensorboard.SegmentLog;

/**
 * Word vectors by skip-gram with negative sampling (Mikolov et al. 2013), trained by several processes without
 * locks, as the original did by threads: a step reads and updates the rows of a few words alone.
 */
final class SkipGram {
    /** The vectors of words. */
    static final String IN = "in";

    /** The vectors of words that are predicted. */
    static final String OUT = "out";

    // Names of what checkpoints keep.
    private static final String KIND = "training";
    private static final String SKIP_GRAM = "skip-gram";
    private static final String EPOCHS = "epochs";

    private static final int SIZE = 64;
    private static final int NEIGHBOURS = 5;
    private static final int LEAST_COUNT = 20;
    private static final List<String> PROBES = List.of("gold", "seven", "father", "bread", "sea", "morning");

    /** For this process, for workers that are added, and for tools. */
    private static final int SPARE_SLOTS = 16;

    private final Corpus corpus = Corpus.bundled();
    private final int workers;
    private final int epochs;
    private final Path save;
    private final PrintWriter out;

    /**
     * A training.
     *
     * @param epochs passes over the verses
     * @param save file of the vectors, or null
     * @param out gets the nearest neighbours of some words
     */
    SkipGram(final int workers, final int epochs, final Path save, final PrintWriter out) {
        this.workers = workers;
        this.epochs = epochs;
        this.save = save;
        this.out = out;
    }

    /** What the training's checkpoints keep. */
    private ResumePlan plan() {
        return new ResumePlan(
                Map.of(KIND, SKIP_GRAM, "words", Integer.toString(corpus.length())),
                Map.of(EPOCHS, Integer.toString(epochs)));
    }

    /**
     * The epochs of the training that a checkpoint is of.
     *
     * @throws IllegalArgumentException if it is none of this one
     */
    static int epochs(final Path checkpoint) {
        return ResumePlan.ofCheckpoint(checkpoint)
                .filter(kept -> SKIP_GRAM.equals(kept.fixed().get(KIND)))
                .map(kept -> Integer.parseInt(kept.free().get(EPOCHS)))
                .orElseThrow(() -> new IllegalArgumentException(
                        "not a checkpoint of a training by skip-gram: file=" + checkpoint));
    }

    /** Trains; returns the exit code. */
    int train(final TrainingBeginning beginning, final LogOptions logOptions) throws InterruptedException {
        final int words = corpus.words().size();
        out.printf(Locale.ROOT, "%,d words, %,d of them different%n", corpus.length(), words);
        final List<ArraySpec> specs = List.of(
                ArraySpec.of(IN, FLOAT32, words, SIZE).inMode(Mode.HOGWILD).withState(1), // of AdaGrad
                ArraySpec.of(OUT, FLOAT32, words, SIZE).inMode(Mode.HOGWILD).withState(1),
                WorkTable.spec(1, corpus.verses().size()));
        final Launcher launcher = Launcher.ofMainClass(SkipGramWorker.class.getName(), Integer.toString(epochs))
                .workers(workers)
                .segmentName(beginning.name())
                .jvmArgument("-XX:+UseSerialGC");
        final Settings settings =
                Settings.fromProperties().withSlots(Math.min(Settings.MAX_SLOTS, workers + SPARE_SLOTS));
        final LaunchedTraining training = new LaunchedTraining(
                launcher,
                settings,
                new LaunchedTraining.Content(specs, fresh -> fresh.write(Map.of(IN, small(words * SIZE)))),
                plan(),
                beginning.saving(),
                beginning.checkpoint());
        if (beginning.checkpoint() != null) {
            out.println("resumed after " + training.arrays().runControl().samples() + " verses");
        }
        out.flush();
        final SegmentLog log =
                logOptions.start(beginning.name(), settings, message -> System.err.println("shmarrays: " + message));
        return training.awaitEnd(epochs, log, out, () -> tell(training.arrays()));
    }

    private void tell(final ShmArrays trained) {
        final float[] vectors = new float[trained.array(IN).elementCount()];
        trained.array(IN).readInto(vectors);
        out.println("trained on " + trained.runControl().samples() + " verses");
        PROBES.forEach(probe -> out.println(probe + ": " + String.join(", ", neighbours(corpus, vectors, probe))));
        if (save != null) {
            save(vectors);
        }
    }

    /** In the text format of word2vec: the number of words and of values, and then each word with its values. */
    private void save(final float[] vectors) {
        final StringBuilder text = new StringBuilder(corpus.words().size() + " " + SIZE + "\n");
        for (int word = 0; word < corpus.words().size(); word++) {
            text.append(corpus.words().get(word));
            for (int k = 0; k < SIZE; k++) {
                text.append(' ').append(vectors[word * SIZE + k]);
            }
            text.append('\n');
        }
        try {
            DurableFile.replace(save, text.toString());
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot write the vectors: file=" + save + ", " + DurableFile.reason(e), e);
        }
    }

    private static float[] small(final int length) {
        final SplittableRandom random = new SplittableRandom(1);
        final float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) ((random.nextDouble() - 0.5) / SIZE);
        }
        return values;
    }

    /** The words whose vectors have the smallest angles to a word's. */
    private static List<String> neighbours(final Corpus corpus, final float[] vectors, final String word) {
        final int number = corpus.number(word);
        return IntStream.range(0, corpus.words().size())
                .filter(other -> other != number && corpus.count(other) >= LEAST_COUNT)
                .boxed()
                .sorted(Comparator.comparingDouble(other -> -cosine(vectors, number, other)))
                .limit(NEIGHBOURS)
                .map(corpus.words()::get)
                .collect(Collectors.toList());
    }

    private static double cosine(final float[] vectors, final int a, final int b) {
        return product(vectors, a, b) / Math.sqrt(product(vectors, a, a) * product(vectors, b, b));
    }

    private static double product(final float[] vectors, final int a, final int b) {
        double sum = 0;
        for (int k = 0; k < SIZE; k++) {
            sum += vectors[a * SIZE + k] * vectors[b * SIZE + k];
        }
        return sum;
    }
}
