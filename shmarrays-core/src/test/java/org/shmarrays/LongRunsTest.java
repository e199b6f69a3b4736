package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.ElementwiseFunction;

class LongRunsTest {
    private static final int PARTITION_BYTES = 64 * 1024;
    private static final int PARTITION_ELEMENTS = PARTITION_BYTES / Float.BYTES;

    @TempDir
    private Path directory;

    /** Adds the gradient, notes the runs, and throws at a value of NaN. */
    private static final class NotingAdd implements ElementwiseFunction<float[]> {
        private final List<Integer> runs = new ArrayList<>();

        @Override
        public void apply(final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) {
            runs.add(n);
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
                if (Float.isNaN(w[wOffset + i])) {
                    throw new ArithmeticException("NaN");
                }
            }
        }

        @Override
        public boolean wantsLongRuns() {
            return true;
        }
    }

    private ShmArrays create(final ArraySpec... specs) {
        return ShmArrays.create(
                "long-runs",
                List.of(specs),
                Settings.fromProperties()
                        .withDirectory(directory.resolve("segments"))
                        .withSlots(2)
                        .withPartitionBytes(PARTITION_BYTES));
    }

    @Test
    void shouldGiveWholePartsOfPartitionsToFunctionThatWantsLongRuns() {
        final int count = 3 * PARTITION_ELEMENTS;
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, count))) {
            final NotingAdd add = new NotingAdd();
            final float[] gradient = new float[count];
            Arrays.fill(gradient, 1f);

            arrays.updateElementwise(Map.of("w", gradient), add);

            assertThat(add.runs).containsOnly(PARTITION_ELEMENTS).hasSize(3);
            assertThat(arrays.read().get("w")).containsOnly(1f);
        }
    }

    @Test
    void shouldTakeBackLongRunsOfPartitionWhoseUpdateFails() {
        final int count = 5000;
        try (ShmArrays arrays = create(ArraySpec.of("a", FLOAT32, count), ArraySpec.of("b", FLOAT32, 7))) {
            final float[] gradient = new float[count];
            Arrays.fill(gradient, 1f);

            assertThatThrownBy(() -> arrays.updateElementwise(
                            Map.of("a", gradient, "b", new float[] {1, 1, 1, 1, 1, 1, Float.NaN}), new NotingAdd()))
                    .isInstanceOf(UpdateFailedException.class)
                    .hasRootCauseInstanceOf(ArithmeticException.class);

            assertThat(arrays.read().get("a")).containsOnly(0f);
            assertThat(arrays.read().get("b")).containsOnly(0f);
        }
    }
}
