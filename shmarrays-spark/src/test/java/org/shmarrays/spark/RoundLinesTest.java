package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RoundLinesTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long nowMs;
    private final RoundLines lines =
            new RoundLines(new PrintStream(bytes, true, UTF_8), () -> TimeUnit.MILLISECONDS.toNanos(nowMs));

    private static TrainingCounts counts(final long steps, final double lossSum, final long nonFiniteLosses) {
        return new TrainingCounts(steps, 10 * steps, lossSum, nonFiniteLosses, 0, 0, 0, 0, 0, 0, 0);
    }

    private static Round round(
            final long number, final int hosts, final TrainingCounts counts, final int lost, final double evaluation) {
        return new Round(number, hosts, 3, counts, 0.5, 0.1, lost, evaluation);
    }

    private String shown() {
        return bytes.toString(UTF_8);
    }

    @Test
    void shouldShowARoundOnALine() {
        lines.add(round(7, 2, counts(1000, 250, 0), 1, 0.975));

        assertThat(shown())
                .isEqualToNormalizingNewlines(
                        "round 7: 2 hosts, epoch 3, 20,000 samples/s, loss 0.2500, evaluation 0.9750, sync 20 %,"
                                + " lost intervals: 1\n");
    }

    @Test
    void shouldShowRoundsOfLessThanASecondTogether() {
        lines.add(round(0, 1, counts(10, 10, 0), 0, Double.NaN));
        nowMs = 400;
        lines.add(round(1, 1, counts(10, 30, 0), 1, Double.NaN));
        nowMs = 800;
        lines.add(round(2, 1, counts(30, 10, 0), 0, Double.NaN));
        nowMs = 1_000;
        lines.add(round(3, 2, counts(40, 40, 0), 1, Double.NaN));
        nowMs = 1_100;
        lines.add(round(4, 2, counts(10, 5, 0), 0, Double.NaN));
        lines.flush();
        lines.flush();

        assertThat(shown()).isEqualToNormalizingNewlines("""
                round 0: 1 host, epoch 3, 200 samples/s, loss 1.0000, sync 20 %
                rounds 1 to 3: 2 hosts, epoch 3, 533 samples/s, loss 1.0000, sync 20 %, lost intervals: 2
                round 4: 2 hosts, epoch 3, 200 samples/s, loss 0.5000, sync 20 %
                """);
    }

    @Test
    void shouldNotPutRoundsOnALineThatDoNotFollowEachOther() {
        lines.add(round(5, 1, counts(10, 10, 0), 0, Double.NaN));
        lines.add(round(6, 1, counts(10, 10, 0), 0, Double.NaN));
        lines.add(round(3, 1, counts(10, 10, 0), 0, Double.NaN)); // the training went back to it
        lines.add(round(4, 1, counts(10, 10, 0), 0, Double.NaN));
        lines.flush();

        assertThat(shown().lines().map(line -> line.substring(0, line.indexOf(':'))))
                .containsExactly("round 5", "round 6", "rounds 3 to 4");
    }

    @Test
    void shouldShowALossThatIsNotFiniteButNoneThatIsUnknown() {
        lines.add(round(0, 1, counts(10, 3, 1), 0, Double.NaN));
        nowMs = 1_000;
        lines.add(round(1, 1, counts(10, 0, 10), 0, Double.NaN));

        assertThat(shown().lines().toList())
                .containsExactly(
                        "round 0: 1 host, epoch 3, 200 samples/s, loss NaN, sync 20 %",
                        "round 1: 1 host, epoch 3, 200 samples/s, sync 20 %");
    }
}
