package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.examples.SmallExample.FROZEN_LAYERS;
import static org.shmarrays.examples.SmallExample.LENET_ZIP;
import static org.shmarrays.examples.SmallExample.MASKED_LSTM;
import static org.shmarrays.examples.SmallExample.SAMEDIFF;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples, with less data than their commands have; with one worker where numbers must repeat. */
class SmallExamplesIT {
    @Test
    void shouldTakeLenetThroughItsZip() throws Exception {
        final String output = run(LENET_ZIP, 1, 320);

        assertThat(output)
                .containsSubsequence(
                        "after plain DL4J  iteration  10, epoch 1",
                        "after 1 workers   iteration  20, epoch 2",
                        "after plain DL4J  iteration  30, epoch 3");
        final List<Double> accuracies = numbers("accuracy ([\\d.]+)", output);
        assertThat(accuracies).hasSize(3);
        assertThat(accuracies.get(2)).isGreaterThan(accuracies.get(0)).isGreaterThan(0.65);
    }

    @Test
    void shouldLeaveFrozenLayersAlone() throws Exception {
        final String output = run(FROZEN_LAYERS, 1, 1_600);

        assertThat(output).contains("layer 0, frozen, moved by 0.0000", "layer 1, frozen, moved by 0.0000");
        assertThat(numbers("layer 2 moved by ([\\d.]+)", output).get(0)).isGreaterThan(0.1);
        final List<Double> accuracies = numbers("accuracy ([\\d.]+)", output);
        assertThat(accuracies.get(1)).isGreaterThan(accuracies.get(0)).isGreaterThan(0.7);
    }

    @Test
    void shouldSeeNothingOfThePadding() throws Exception {
        final String output = run(MASKED_LSTM, 1, 100);

        assertThat(numbers("differ by ([\\d.]+)", output)).containsExactly(0.0, 0.0);
        assertThat(numbers("accuracy ([\\d.]+)", output).get(1)).isGreaterThan(0.8);
    }

    @Test
    void shouldLearnMeanAndDeviation() throws Exception {
        final String output = run(SAMEDIFF, 1, 200);

        for (final double mean : numbers("\\S+: [\\d.]+ ± [\\d.]+, ([\\d.]+) ±", output)) {
            assertThat(mean).as(output).isBetween(0.3, 1.2);
        }
        final List<Double> deviations = numbers("± ([\\d.]+)\n", output);
        assertThat(deviations).as(output).hasSize(5);
        assertThat(deviations.get(4)).as("noisier on the right: %s", output).isGreaterThan(1.5 * deviations.get(0));
    }

    private static String run(final SmallExample example, final int workers, final int size) throws Exception {
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        example.run(workers, size, new PrintStream(printed, true, StandardCharsets.UTF_8));
        return printed.toString(StandardCharsets.UTF_8);
    }

    private static List<Double> numbers(final String pattern, final String output) {
        return Pattern.compile(pattern)
                .matcher(output)
                .results()
                .map((MatchResult match) -> Double.parseDouble(match.group(1)))
                .toList();
    }
}
