package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpilledSnapshotsTest {
    private static Snapshot snapshot(final long samples, final int epoch) {
        final Map<String, float[]> values = new LinkedHashMap<>();
        values.put("w", new float[] {samples, -samples});
        values.put("b", new float[] {epoch});
        return new Snapshot(samples / 10.0, samples, 3 * samples, epoch, values);
    }

    private static List<Long> samplesOf(final SpilledSnapshots kept) throws IOException {
        final List<Long> samples = new ArrayList<>();
        for (Snapshot next = kept.next(); next != null; next = kept.next()) {
            assertThat(next.values().get("w")).containsExactly(next.samples(), -next.samples());
            assertThat(next.values().get("b")).containsExactly(next.epoch());
            assertThat(next.seconds()).isEqualTo(next.samples() / 10.0);
            assertThat(next.steps()).isEqualTo(3 * next.samples());
            samples.add(next.samples());
        }
        return samples;
    }

    @Test
    void shouldGiveBackWhatItWasGivenInOrder() throws Exception {
        try (SpilledSnapshots kept = new SpilledSnapshots(4)) {
            assertThat(kept.next()).isNull();
            for (int i = 1; i <= 4; i++) {
                kept.put(snapshot(i, i % 2));
            }

            assertThat(samplesOf(kept)).containsExactly(1L, 2L, 3L, 4L);
            assertThat(kept.next()).isNull();
        }
    }

    @Test
    void shouldDropFromTheMidstOfEpochsFirstWhenItIsFull() throws Exception {
        try (SpilledSnapshots kept = new SpilledSnapshots(6)) {
            for (int i = 1; i <= 6; i++) {
                kept.put(snapshot(i, i == 3 || i == 6 ? i / 3 : 0));
            }
            // Full: of 1, 2, 4, 5 every second one goes. The seventh falls on the new grid (every second), as do 3 and
            // 6 as ends.
            kept.put(snapshot(7, 0));
            kept.put(snapshot(8, 0));

            assertThat(samplesOf(kept)).containsExactly(1L, 3L, 4L, 6L, 7L);
        }
    }

    @Test
    void shouldStayBoundedAndSpreadOverTheWholeTraining() throws Exception {
        for (final int epochEvery : new int[] {1, 10, 1_000_000}) {
            try (SpilledSnapshots kept = new SpilledSnapshots(16)) {
                int epoch = 0;
                for (int i = 1; i <= 10_000; i++) {
                    kept.put(snapshot(i, i % epochEvery == 0 ? ++epoch : 0));
                    assertThat(kept.size()).isLessThanOrEqualTo(16);
                }

                final List<Long> samples = samplesOf(kept);
                assertThat(samples).hasSizeGreaterThanOrEqualTo(7).isSorted().doesNotHaveDuplicates();
                assertThat(samples.get(0)).isLessThanOrEqualTo(epochEvery);
                assertThat(samples.get(samples.size() - 1)).isGreaterThan(8_000);
            }
        }
    }

    @Test
    void shouldGiveThePlaceOfAnEvaluatedOneToTheNext() throws Exception {
        try (SpilledSnapshots kept = new SpilledSnapshots(2)) {
            for (int i = 1; i <= 100; i++) {
                kept.put(snapshot(i, 0));
                kept.remove(snapshot(i, 0));
            }
            kept.put(snapshot(101, 0));

            assertThat(samplesOf(kept)).containsExactly(101L);
        }
    }
}
