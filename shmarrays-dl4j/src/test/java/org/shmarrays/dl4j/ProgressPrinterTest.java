package org.shmarrays.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.layout.Mode;

/** Of a training with steps of 10 samples, each of which lasts for 100 ms and has a loss of 0.5. */
class ProgressPrinterTest {
    private static final int SAMPLES = 10;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(output, true, UTF_8);
    private long nowNs;
    private long epoch;
    private long steps;
    private long nonFinite;
    private long samplesOfEpoch;

    private final ProgressPrinter.Source source = new ProgressPrinter.Source() {
        @Override
        public long epoch() {
            return epoch;
        }

        @Override
        public ProgressPrinter.Reading read() {
            return new ProgressPrinter.Reading(
                    epoch, steps * SAMPLES, 0.5 * (steps - nonFinite), steps, nonFinite, samplesOfEpoch);
        }
    };

    private ProgressPrinter progress(final boolean beginsEpoch) {
        return new ProgressPrinter(out, source, () -> nowNs, epoch, beginsEpoch);
    }

    private void step(final ProgressPrinter progress) {
        nowNs += 100_000_000;
        steps++;
        progress.step();
    }

    private void steps(final ProgressPrinter progress, final int count) {
        for (int i = 0; i < count; i++) {
            step(progress);
        }
    }

    private List<String> lines() {
        final List<String> lines = output.toString(UTF_8).lines().toList();
        output.reset();
        return lines;
    }

    @Test
    void shouldKnowTheEndFromTheFirstEpochOn() {
        final ProgressPrinter progress = progress(true);
        progress.begin(3);
        steps(progress, 19);
        assertThat(lines()).containsExactly("epoch 1 of 3, 100 samples/s, loss 0.5000");
        epoch = 1;
        steps(progress, 1); // notices the second epoch; 200 samples were the first one

        assertThat(lines()).containsExactly("epoch 2 of 3, 0 %, 100 samples/s, loss 0.5000, 0:04 left");

        steps(progress, 10);

        assertThat(lines()).containsExactly("epoch 2 of 3, 50 %, 100 samples/s, loss 0.5000, 0:03 left");
    }

    @Test
    void shouldKnowTheEndByTheSamplesOfAnEpoch() {
        samplesOfEpoch = 400;
        final ProgressPrinter progress = progress(true);
        progress.begin(2);

        steps(progress, 10);

        assertThat(lines()).containsExactly("epoch 1 of 2, 25 %, 100 samples/s, loss 0.5000, 0:07 left");
    }

    @Test
    void shouldEndWithALine() {
        final ProgressPrinter progress = progress(true);
        progress.begin(1);
        steps(progress, 2);
        epoch = 1;

        progress.end();

        assertThat(lines()).containsExactly("epoch 1 of 1, 100 %, 100 samples/s, loss 0.5000, 0:00 left");
    }

    @Test
    void shouldCountTheEpochsOfEachFit() {
        epoch = 5; // the model was trained before
        final ProgressPrinter progress = progress(true);
        progress.begin(1);
        epoch = 6;
        progress.end();
        lines();

        progress.begin(4);
        steps(progress, 10);

        assertThat(lines()).singleElement().asString().startsWith("epoch 1 of 4, ");
    }

    /** The epoch that is under way when it joins has begun before, so that it says nothing of what an epoch is. */
    @Test
    void shouldNotTakeTheRestOfAnEpochForAnEpoch() {
        final ProgressPrinter progress = progress(false);
        progress.begin(4);
        steps(progress, 10);
        epoch = 1;
        steps(progress, 10);
        assertThat(lines())
                .containsExactly(
                        "epoch 1 of 4, 100 samples/s, loss 0.5000", "epoch 2 of 4, 100 samples/s, loss 0.5000");
        steps(progress, 10);
        epoch = 2;
        lines();

        steps(progress, 10); // 200 samples from the begin of epoch 1 to that of epoch 2

        assertThat(lines()).containsExactly("epoch 3 of 4, 45 %, 100 samples/s, loss 0.5000, 0:03 left");
    }

    @Test
    void shouldShowALossThatIsNotFinite() {
        final ProgressPrinter progress = progress(true);
        progress.begin(1);
        nonFinite = 1;

        steps(progress, 10);

        assertThat(lines()).containsExactly("epoch 1 of 1, 100 samples/s, loss NaN");
    }

    @Test
    void shouldPrintWhileAModelTrains(@TempDir final Path directory) {
        final TrainingOptions options = Trained.options(directory, Mode.LOCKED).withProgress(out);
        try (SharedTraining training = SharedTraining.join(Trained.network(Trained.dense(new Sgd(0.1))), options)) {
            training.fit(Trained.iterator(3), 2);
        }

        assertThat(lines())
                .last()
                .asString()
                .matches("epoch 2 of 2, 100 %, [0-9,.]+ samples/s, loss [0-9.]+, 0:00 left");
    }
}
