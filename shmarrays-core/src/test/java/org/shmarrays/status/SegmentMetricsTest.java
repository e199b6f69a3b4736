package org.shmarrays.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shmarrays.layout.ElementType.FLOAT32;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

class SegmentMetricsTest {
    private static final int PARTITION_FLOATS = 1024;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(4)
                .withPartitionBytes(PARTITION_FLOATS * Float.BYTES)
                .withLockTimeout(Duration.ofSeconds(30));
    }

    @Test
    void shouldCountUpdatesAndAcquisitionsOfEachArray() {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("W", FLOAT32, 3, PARTITION_FLOATS),
                ArraySpec.of("free", FLOAT32, 8).inMode(Mode.HOGWILD));
        try (ShmArrays arrays = ShmArrays.create("m", specs, settings());
                ShmArrays other = ShmArrays.attach("m", settings());
                ShmArrays watcher = ShmArrays.attachReadOnly("m", settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new SegmentMetrics(new SegmentStatus(watcher.segment())).bindTo(registry);

            arrays.update(Map.of("W", new float[3 * PARTITION_FLOATS], "free", new float[8]), Updates.add());
            other.update(Map.of("W", new float[3 * PARTITION_FLOATS]), Updates.add());

            assertThat(counter(registry, "shmarrays.updates", "W")).isEqualTo(2);
            assertThat(counter(registry, "shmarrays.updates", "free")).isEqualTo(1);
            assertThat(counter(registry, "shmarrays.lock.acquisitions", "W")).isEqualTo(2 * 3);
            assertThat(counter(registry, "shmarrays.lock.contended", "W")).isZero();
            assertThat(registry.find("shmarrays.lock.acquisitions")
                            .tag("array", "free")
                            .meters())
                    .isEmpty();
        }
    }

    @Test
    void shouldCountWaitsForALockThatIsHeld() throws InterruptedException {
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            final SegmentStatus status = new SegmentStatus(arrays.segment());
            new SegmentMetrics(status).bindTo(registry);
            final CountDownLatch held = new CountDownLatch(1);
            final Thread holder = new Thread(() -> {
                try (ShmArrays own = arrays.newHandle()) {
                    own.update(Map.of("W", new float[8]), (g, old) -> {
                        held.countDown();
                        awaitAWaiter(status);
                        return old;
                    });
                }
            });
            holder.start();
            assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();

            arrays.add(Map.of("W", new float[8]));
            holder.join(30_000);

            assertThat(counter(registry, "shmarrays.lock.contended", "W")).isEqualTo(1);
            assertThat(registry.get("shmarrays.lock.wait").functionTimer().count())
                    .isEqualTo(1);
            final double waitedNs =
                    registry.get("shmarrays.lock.wait").functionTimer().totalTime(TimeUnit.NANOSECONDS);
            // In seconds and back: the last bit of the double may differ.
            assertThat(waitedNs).isPositive().isCloseTo(status.array("W").waitNs(), within(0.5));
            assertThat(registry.get("shmarrays.lock.wait.max").timeGauge().value(TimeUnit.NANOSECONDS))
                    .isCloseTo(waitedNs, within(0.5));
        }
    }

    /** Waits until somebody has published that it waits for the only partition. */
    private static void awaitAWaiter(final SegmentStatus status) {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!status.hasWaiter(0)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static double counter(final SimpleMeterRegistry registry, final String name, final String array) {
        return registry.get(name).tag("array", array).functionCounter().count();
    }
}
