package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT16;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;

/** The largest array that there can be: its last offsets are just below 2 GiB, where int arithmetic would turn negative. */
class LargeArrayIT {
    private static final int ELEMENTS = ArraySpec.MAX_ARRAY_BYTES / 2;
    private static final int TAIL = 5_001;
    private static final Path MEMORY = Path.of("/dev/shm");

    private final String name = "large-" + ProcessHandle.current().pid();

    @AfterEach
    void remove() {
        try {
            ShmArrays.remove(name, settings());
        } catch (final SegmentNotFoundException e) {
            // It was skipped.
        }
    }

    private static Settings settings() {
        return Settings.fromProperties().withSlots(2);
    }

    @Test
    void shouldReachTheLastElement() throws IOException {
        assumeTrue(
                Files.isDirectory(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() > (3L << 30),
                "needs 3 GiB free in /dev/shm");
        final ArraySpec spec = ArraySpec.of("w", FLOAT16, ELEMENTS)
                .withAlias(new AliasSpec("tail", ELEMENTS - TAIL, ArrayOrder.C, TAIL))
                .withAlias(new AliasSpec("middle", ELEMENTS / 2, ArrayOrder.C, 3));
        try (ShmArrays arrays = ShmArrays.create(name, java.util.List.of(spec), settings())) {
            final float[] tail = new float[TAIL];
            for (int i = 0; i < TAIL; i++) {
                tail[i] = i % 1_000;
            }
            arrays.add(Map.of("tail", tail, "middle", new float[] {1, 2, 3}));
            final float[] read = new float[TAIL];
            arrays.array("tail").readInto(read);
            assertThat(read).isEqualTo(tail);
            arrays.array("tail").update(tail, org.shmarrays.update.Updates.sgd(1));
            arrays.array("tail").readInto(read);
            assertThat(read).containsOnly(0);
            assertThat(arrays.array("w").view().capacity()).isEqualTo(2 * ELEMENTS);
            final float[] middle = new float[3];
            arrays.array("middle").readInto(middle);
            assertThat(middle).containsExactly(1, 2, 3);
        }
    }
}
