package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccuraciesTest {
    private static Snapshot snapshot(final long samples, final int epoch) {
        return new Snapshot(samples, samples, samples / 10, epoch, Map.of("w", new float[] {samples}));
    }

    @Test
    void shouldTellTheFirstThatMetALevelInWhateverOrderTheyCome() {
        final Accuracies accuracies = new Accuracies(0.9, List.of(0.5, 0.95));
        accuracies.add(snapshot(30, 0), 0.92);
        accuracies.add(snapshot(10, 0), 0.55);
        accuracies.add(snapshot(20, 0), 0.91);
        accuracies.add(snapshot(40, 0), 0.85);

        assertThat(accuracies.first(0.9).samples()).isEqualTo(20);
        assertThat(accuracies.targetValues().get("w")).containsExactly(20);
        assertThat(accuracies.first(0.5).samples()).isEqualTo(10);
        assertThat(accuracies.first(0.95)).isNull();
        assertThat(accuracies.newest().samples()).isEqualTo(40);
        assertThat(accuracies.curve()).extracting(Accuracies.Point::samples).containsExactly(10L, 20L, 30L, 40L);
    }

    @Test
    void shouldTellTheLeastLevelThatAnEarlierSnapshotMightMeet() {
        final Accuracies accuracies = new Accuracies(0.9, List.of(0.5, 0.95));
        assertThat(accuracies.leastOpen(1)).isEqualTo(0.5);
        accuracies.add(snapshot(30, 0), 0.92);

        assertThat(accuracies.leastOpen(29)).as("before the first known").isEqualTo(0.5);
        assertThat(accuracies.leastOpen(30)).as("after it").isEqualTo(0.95);
        accuracies.add(snapshot(5, 0), 0.99);
        assertThat(accuracies.leastOpen(5)).isNaN();
        assertThat(new Accuracies(null, List.of()).leastOpen(5)).isNaN();
    }

    @Test
    void shouldStayBoundedAndKnowTheLatestEpochs() {
        final Accuracies accuracies = new Accuracies(null, List.of());
        for (int epoch = 1; epoch <= 100_000; epoch++) {
            accuracies.add(snapshot(epoch, epoch), epoch / 1e6);
        }

        assertThat(accuracies.curve()).hasSizeBetween(512, 1_025);
        assertThat(accuracies.epochs()).hasSizeBetween(512, 1_025);
        assertThat(accuracies.epochs().get(0).epoch()).isEqualTo(1);
        assertThat(accuracies.ofEpoch(100_000).accuracy()).isEqualTo(0.1);
        assertThat(accuracies.ofEpoch(7)).isNull();
    }
}
