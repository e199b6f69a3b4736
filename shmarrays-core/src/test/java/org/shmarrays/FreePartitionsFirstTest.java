package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;

/** A push does not queue for a partition while others are free. */
class FreePartitionsFirstTest {
    private static final int ELEMENTS = 16_384;

    @TempDir
    private Path directory;

    @Test
    void shouldUpdateFreePartitionsWhileAnotherOneIsHeld() throws Exception {
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withPartitionBytes(ELEMENTS * Float.BYTES);
        final CountDownLatch enough = new CountDownLatch(1);
        final CountDownLatch held = new CountDownLatch(1);
        try (ShmArrays arrays = ShmArrays.create(
                        "s",
                        List.of(
                                ArraySpec.of("first", FLOAT32, ELEMENTS),
                                ArraySpec.of("second", FLOAT32, ELEMENTS),
                                ArraySpec.of("third", FLOAT32, ELEMENTS)),
                        settings);
                ShmArrays reader = ShmArrays.attachReadOnly("s", settings)) {
            final ShmArrays holding = arrays.newHandle();
            final Thread holder = new Thread(() -> {
                holding.updateElementwise(Map.of("first", ones()), (g, gOffset, w, wOffset, n) -> {
                    held.countDown();
                    Await.until("enough", () -> enough.getCount() == 0);
                });
                holding.close();
            });
            holder.start();
            held.await();
            final Thread pushing =
                    new Thread(() -> arrays.add(Map.of("first", ones(), "second", ones(), "third", ones())));
            pushing.start();

            final float[] read = new float[ELEMENTS];
            for (final String free : List.of("second", "third")) {
                Await.until("the free partition of " + free + " is updated", () -> {
                    reader.array(free).readInto(read);
                    return read[0] == 1;
                });
            }
            assertThat(pushing.isAlive()).isTrue();
            enough.countDown();
            pushing.join();
            holder.join();
            assertThat(reader.read().get("first")).containsOnly(1f);
        }
    }

    private static float[] ones() {
        final float[] ones = new float[ELEMENTS];
        Arrays.fill(ones, 1);
        return ones;
    }
}
