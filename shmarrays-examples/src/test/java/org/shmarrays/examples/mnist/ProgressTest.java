package org.shmarrays.examples.mnist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.worker.Worker;

/** The lines of a training whose worker counts what this test wants it to. */
class ProgressTest {
    private static final int EPOCH = 1_000;

    private final TrainingPlan plan =
            new TrainingPlan(Model.SOFTMAX, Mode.LOCKED, 3, 10, 0.1, 0, 1, ElementType.FLOAT32, Rounding.NEAREST, null);
    private final Accuracies accuracies = new Accuracies(null, List.of());
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, UTF_8);
    private final Worker worker = Worker.of(0, 1);

    @TempDir
    private Path directory;

    private ShmArrays arrays;

    @BeforeEach
    void attach() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        arrays = ShmArrays.create("p", List.of(ArraySpec.of("w", FLOAT32, 4)), settings);
        ShmArrays.attach(worker, "p", settings);
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    private Progress progress(final int columns) {
        return new Progress(plan, EPOCH, accuracies, out, () -> columns);
    }

    private List<WorkerStatus> workers() {
        return arrays.status().workers();
    }

    private void steps(final int samples, final double loss) {
        worker.countStep(samples, loss);
    }

    private static Snapshot snapshot(final long samples, final int epoch) {
        return new Snapshot(0, samples, samples, epoch, Map.of());
    }

    private List<String> lines() {
        return bytes.toString(UTF_8).lines().toList();
    }

    @Test
    void shouldPrintEachEpochWithItsOwnAccuracyAndNotBeforeThatIsKnown() {
        final Progress progress = progress(0);
        steps(EPOCH, 0.5);
        accuracies.add(snapshot(EPOCH / 2, 0), 0.9012); // an older evaluation
        progress.epoch(1, workers(), 2, true);
        assertThat(lines()).isEmpty();

        steps(EPOCH, 0.25);
        progress.epoch(2, workers(), 6, true);
        accuracies.add(snapshot(2 * EPOCH, 2), 0.98);
        progress.tick(workers(), 6.5);
        assertThat(lines()).as("the first one comes first").isEmpty();

        accuracies.add(snapshot(EPOCH, 1), 0.9688);
        progress.tick(workers(), 7);
        assertThat(lines())
                .containsExactly(
                        "epoch 1 of 3: 500 samples/s, loss 0.5000, test accuracy 96.88 %, 2.0 s",
                        "epoch 2 of 3: 250 samples/s, loss 0.2500, test accuracy 98.00 %, 6.0 s");
    }

    @Test
    void shouldSayWhenASnapshotIsNotOfTheEpochsEnd() {
        final Progress progress = progress(0);
        steps(EPOCH + EPOCH / 5, 0.5);
        progress.epoch(1, workers(), 2, true);
        accuracies.add(snapshot(EPOCH + EPOCH / 5, 1), 0.5);
        progress.finished();

        assertThat(lines())
                .containsExactly(
                        "epoch 1 of 3: 600 samples/s, loss 0.5000, test accuracy 50.00 % at epoch 1.20, 2.0 s");
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        final Progress progress = progress(0);
        steps(EPOCH, Double.NaN);
        progress.epoch(1, workers(), 2, false);
        progress.epoch(2, workers(), 2, false); // at the same moment, and without a step

        assertThat(lines()).containsExactly("epoch 1 of 3: 500 samples/s, loss NaN, 2.0 s", "epoch 2 of 3: 2.0 s");
    }

    @Test
    void shouldTellOfChangedRunControlOnce() {
        final Progress progress = progress(0);
        progress.control(Double.NaN, false, 0.5); // no step yet
        progress.control(0.1, false, 1);
        progress.control(0.01, false, 2);
        progress.control(0.01, true, 3);
        progress.control(0.01, true, 4);

        assertThat(lines()).containsExactly("learning rate 0.01 from here on, 2.0 s", "asked to stop, 3.0 s");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 20, 40, 79, 80, 81, 132, 200})
    void shouldFitTheTerminal(final int columns) {
        final Progress progress = progress(columns);
        accuracies.add(snapshot(EPOCH / 2, 0), 0.9012);
        for (int i = 1; i <= 5; i++) {
            steps(EPOCH / 10, 0.5);
            progress.tick(workers(), i);
        }
        final String[] ticks = bytes.toString(UTF_8).split("\r");

        assertThat(ticks).hasSize(6);
        for (int i = 1; i < ticks.length; i++) {
            assertThat(ticks[i]).hasSize(columns - 1).doesNotContain("\n");
        }
        final String whole = "epoch 0.50 of 3: 25 s left, 100 samples/s, loss 0.5000, test accuracy 90.12 %"
                + " at epoch 0.50, 5.0 s";
        if (columns > whole.length()) {
            assertThat(ticks[5].stripTrailing()).isEqualTo(whole);
        } else {
            assertThat(whole).startsWith(ticks[5].stripTrailing());
        }
    }

    @Test
    void shouldTellHowLongThePlannedEpochsTakeAtTheRateSoFar() {
        final Progress progress = progress(80);
        progress.continuesWith(EPOCH);
        progress.tick(workers(), 1); // no sample yet
        steps(100, 0.5);
        progress.tick(workers(), 400); // 1,900 samples are left: 7,600 s
        steps(400, 0.5);
        progress.tick(workers(), 500); // 1,500 samples are left: 1,500 s
        progress.control(0.1, true, 501);
        progress.tick(workers(), 501);

        final String[] ticks =
                bytes.toString(UTF_8).replaceFirst("(?s)^.*?\\n", "").split("\r");
        assertThat(ticks[1]).startsWith("epoch 1.00 of 3: 0 samples/s");
        assertThat(ticks[2]).startsWith("epoch 1.10 of 3: 2 h 6 min left, ");
        assertThat(ticks[3]).startsWith("epoch 1.50 of 3: 25 min 0 s left, ");
        assertThat(ticks[ticks.length - 1]).doesNotContain(" left");
    }

    @Test
    void shouldSayAtMostWhereATargetMayEndTheTrainingBefore() {
        final Progress progress = new Progress(plan, EPOCH, new Accuracies(0.9, List.of()), out, () -> 80);
        steps(EPOCH, 0.5);
        progress.tick(workers(), 2);

        assertThat(bytes.toString(UTF_8)).startsWith("\repoch 1.00 of 3: at most 4 s left, 500 samples/s, ");
    }

    @Test
    void shouldNotTickWhereThereIsNoTerminal() {
        final Progress progress = progress(0);
        steps(EPOCH / 10, 0.5);
        progress.tick(workers(), 1);
        progress.finished();

        assertThat(bytes.size()).isZero();
    }
}
