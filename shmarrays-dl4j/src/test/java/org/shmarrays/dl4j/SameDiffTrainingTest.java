package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.Mode;

/**
 * Expected numbers are those of a plain fit. How an array is shared does not depend on what is particular about a
 * graph: each graph is trained from its start in one mode, and after fits in another; with {@code -Dexactness.fits} in
 * all of them.
 */
class SameDiffTrainingTest {
    private static final int FITS_BEFORE = 2;
    private static final int FITS = Integer.getInteger("exactness.fits", 4);
    private static final boolean IN_ALL_MODES = System.getProperty("exactness.fits") != null;
    private static final List<Mode> MODES = List.of(Mode.LOCKED, Mode.HOGWILD, Mode.ORDERED);

    /** The least: most partitions begin in the middle of a variable. */
    @TempDir
    private Path directory;

    TrainingOptions options(final Mode mode) {
        return Trained.options(directory.resolve("segments"), mode);
    }

    private Settings settings() {
        return Trained.settings(directory.resolve("segments"));
    }

    /** What a listener of a fit sees when an iteration is done. */
    private static final class Seen extends BaseListener {
        private final List<Object> seen = new ArrayList<>();

        @Override
        public boolean isActive(final Operation operation) {
            return operation == Operation.TRAINING;
        }

        @Override
        public void iterationDone(final SameDiff graph, final At at, final MultiDataSet batch, final Loss loss) {
            seen.add(at.iteration() + " " + at.epoch());
            final List<String> regularizations = loss.lossNames().stream()
                    .filter(name -> name.matches("[LW].*"))
                    .toList();
            if (regularizations.size() == 1) { // of several, DL4J reports only one
                seen.add(loss.getLoss(regularizations.get(0)));
            }
            seen.addAll(SameDiffs.values(graph).values());
        }
    }

    private static List<Object> fit(final SameDiff graph, final SameDiffs.Row row, final int from, final int to) {
        final Seen listener = new Seen();
        for (int i = from; i < to; i++) {
            graph.fit(row.batches().apply(i), listener);
        }
        return listener.seen;
    }

    private static void assertSame(final SameDiff actual, final SameDiff expected, final String description) {
        assertArrays(SameDiffs.values(actual), SameDiffs.values(expected), "variables of " + description);
        assertArrays(SameDiffs.state(actual), SameDiffs.state(expected), "updater state of " + description);
        assertThat(actual.getTrainingConfig().getIterationCount())
                .as(description)
                .isEqualTo(expected.getTrainingConfig().getIterationCount());
    }

    private static void assertArrays(
            final Map<String, double[]> actual, final Map<String, double[]> expected, final String description) {
        assertThat(actual.keySet()).as(description).isEqualTo(expected.keySet());
        expected.forEach((name, values) ->
                assertThat(actual.get(name)).as("%s: %s", description, name).isEqualTo(values));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void shouldTrainAsPlainFitToTheLastBit(final DataType type) {
        int number = type.ordinal(); // so that a graph's modes differ by type
        for (final Map.Entry<String, SameDiffs.Row> named : SameDiffs.rows(type).entrySet()) {
            final SameDiffs.Row row = named.getValue();
            for (final int before : new int[] {0, FITS_BEFORE}) {
                final SameDiff plain = row.graph().get();
                fit(plain, row, 0, before);
                final List<Object> seen = fit(plain, row, before, before + FITS);
                for (final Mode mode : modes(number++)) {
                    final String description = named.getKey() + ", " + mode + ", " + type + ", after " + before;
                    checkTraining(row, before, plain, seen, mode, description);
                }
            }
        }
    }

    private static List<Mode> modes(final int number) {
        return IN_ALL_MODES ? MODES : List.of(MODES.get(number % MODES.size()));
    }

    private void checkTraining(
            final SameDiffs.Row row,
            final int before,
            final SameDiff expected,
            final List<Object> expectedSeen,
            final Mode mode,
            final String description) {
        final SameDiff graph = row.graph().get();
        fit(graph, row, 0, before);
        try (SharedTraining training = SharedTraining.join(graph, options(mode))) {
            final List<Object> seen = fit(graph, row, before, before + FITS);
            assertThat(seen)
                    .as("seen by a listener of %s", description)
                    .usingRecursiveComparison()
                    .isEqualTo(expectedSeen);
            assertSame(graph, expected, description);
            assertThat(training.iteration()).as(description).isEqualTo(before + FITS);
        }
        assertSame(graph, expected, description + " after the training");
        ShmArrays.remove("training", settings());
    }
}
