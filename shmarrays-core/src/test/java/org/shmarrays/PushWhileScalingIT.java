package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Workers;
import org.shmarrays.worker.Worker;

/** The number of workers may change in the middle of a push, which begins at a partition that depends on it. */
class PushWhileScalingIT {
    private static final int PARTITION_FLOATS = 1024;
    private static final int PARTITIONS = 10;

    @TempDir
    private Path directory;

    @Test
    void shouldUpdateEachPartitionOnceWhenTheRunIsScaledMeanwhile() {
        assertThat(Workers.run(Pusher.class, 2, directory))
                .contains("[1] world size 4, calls 10, smallest 1.0, largest 1.0");
    }

    /** Pushes to a segment of its own, and scales its run in the middle. */
    static final class Pusher {
        public static void main(final String... arguments) {
            final Settings settings = Settings.fromProperties().withPartitionBytes(PARTITION_FLOATS * Float.BYTES);
            final float[] values = new float[PARTITIONS * PARTITION_FLOATS];
            Arrays.fill(values, 1);
            final List<ArraySpec> specs = List.of(ArraySpec.of("w", FLOAT32, PARTITIONS, PARTITION_FLOATS));
            try (Worker worker = Worker.join();
                    ShmArrays arrays =
                            ShmArrays.createOrAttach(worker, "w" + worker.rank(), specs, fresh -> {}, settings)) {
                final int[] calls = {0};
                arrays.updateElementwise(Map.of("w", values), (g, gOffset, w, wOffset, n) -> {
                    if (++calls[0] == PARTITIONS / 2 + 1) {
                        arrays.segment().runControl().wantedRelease(worker.runId(), 4);
                    }
                    for (int i = 0; i < n; i++) {
                        w[wOffset + i] += g[gOffset + i];
                    }
                });
                final float[] sums = arrays.read().get("w");
                Arrays.sort(sums);
                System.out.println("world size " + worker.worldSize() + ", calls " + calls[0] + ", smallest " + sums[0]
                        + ", largest " + sums[sums.length - 1]);
            }
        }
    }
}
