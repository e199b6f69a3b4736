package org.shmarrays.examples.embedding;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.Scaling;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/**
 * Word vectors by skip-gram with negative sampling (Mikolov et al. 2013), trained by several processes without
 * locks, as the original did by threads: a step reads and updates the rows of a few words alone.
 */
public final class SkipGram {
    /** The vectors of words. */
    static final String IN = "in";

    /** The vectors of words that are predicted. */
    static final String OUT = "out";

    private static final int SIZE = 64;
    private static final int NEIGHBOURS = 5;
    private static final int LEAST_COUNT = 20;
    private static final List<String> PROBES = List.of("gold", "seven", "father", "bread", "sea", "morning");

    /** For this process, for workers that are added, and for tools. */
    private static final int SPARE_SLOTS = 16;

    private SkipGram() {}

    /** Trains for so many epochs, and prints the nearest neighbours of some words. */
    public static void run(final int workers, final int epochs, final PrintStream out) throws InterruptedException {
        final Corpus corpus = Corpus.bundled();
        final int words = corpus.words().size();
        out.printf(Locale.ROOT, "%,d words, %,d of them different%n", corpus.length(), words);
        final String name = "skip-gram-" + ProcessHandle.current().pid();
        final Settings settings = Settings.fromProperties().withSlots(workers + SPARE_SLOTS);
        final List<ArraySpec> specs = List.of(
                ArraySpec.of(IN, FLOAT32, words, SIZE).inMode(Mode.HOGWILD).withState(1), // of AdaGrad
                ArraySpec.of(OUT, FLOAT32, words, SIZE).inMode(Mode.HOGWILD).withState(1),
                WorkTable.spec(1, corpus.verses().size()));
        final Launcher launcher = Launcher.ofMainClass(SkipGramWorker.class.getName(), Integer.toString(epochs))
                .workers(workers)
                .segmentName(name)
                .output(out, System.err)
                .jvmArgument("-XX:+UseSerialGC");
        try (RemovalAtEnd removal = RemovalAtEnd.ofCreated(name, settings);
                ShmArrays arrays = removal.create(specs, fresh -> fresh.write(Map.of(IN, small(words * SIZE))));
                WorkerGroup group = launcher.launch();
                Scaling scaling = new Scaling(group, settings)) {
            removal.after(group);
            final GroupResult result = scaling.awaitEnd();
            if (!result.isSuccess()) {
                throw new IllegalStateException(result.failure());
            }
            final float[] vectors = new float[words * SIZE];
            arrays.array(IN).readInto(vectors);
            PROBES.forEach(probe -> out.println(probe + ": " + String.join(", ", neighbours(corpus, vectors, probe))));
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
