package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerMetrics;
import org.shmarrays.testing.Await;
import org.shmarrays.update.Updates;

@Timeout(120)
class WorkerMetricsTest {
    private static final int LENGTH = 64;

    @TempDir
    private Path directory;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private ShmArrays arrays;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(4);
    }

    @BeforeEach
    void create() {
        arrays = ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, LENGTH)), settings());
        final WorkerMetrics metrics = new WorkerMetrics("s", 3);
        metrics.bindTo(registry);
        arrays.observeLocks(metrics);
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    private Timer timer(final String name) {
        return registry.get(name).tag("segment", "s").tag("worker", "3").timer();
    }

    @Test
    void shouldTimeTheHandlesOwnWaits() throws InterruptedException {
        final SegmentStatus status = arrays.status();
        final CountDownLatch held = new CountDownLatch(1);
        final Thread holder = new Thread(() -> {
            try (ShmArrays own = arrays.newHandle()) {
                own.update(Map.of("w", new float[LENGTH]), (g, old) -> {
                    held.countDown();
                    Await.until("a waiter", () -> status.hasWaiter(0));
                    return old;
                });
            }
        });
        holder.start();
        assertThat(held.await(30, TimeUnit.SECONDS)).isTrue();

        arrays.add(Map.of("w", new float[LENGTH]));
        holder.join();

        final Timer waits = timer("shmarrays.handle.lock.wait");
        final Log2Histogram counted = status.workers().get(0).counters().lockWaits();
        assertThat(waits.count()).isEqualTo(1).isEqualTo(counted.count());
        assertThat((long) waits.totalTime(TimeUnit.NANOSECONDS)).isEqualTo(counted.sum());
        // Two digits of it are right, where the shared histogram knows it to a factor of two.
        for (final ValueAtPercentile percentile : waits.takeSnapshot().percentileValues()) {
            assertThat(percentile.value(TimeUnit.NANOSECONDS)).isBetween(0.98 * counted.sum(), 1.02 * counted.sum());
        }
    }

    @Test
    void shouldTimeSampledHolds() {
        for (int i = 0; i < 1000; i++) {
            arrays.add(Map.of("w", new float[LENGTH]));
        }

        final Log2Histogram counted = arrays.status().array("w").lock().holds();
        assertThat(timer("shmarrays.handle.lock.hold").count())
                .isEqualTo(counted.count())
                .isPositive();
    }

    @Test
    void shouldReportToNoneAnyMore() {
        arrays.stopObservingLocks();
        for (int i = 0; i < 1000; i++) {
            arrays.add(Map.of("w", new float[LENGTH]));
        }

        assertThat(timer("shmarrays.handle.lock.hold").count()).isZero();
    }

    @Test
    void shouldAllocateNothing() {
        final ArrayHandle w = arrays.array("w");
        final float[] values = new float[LENGTH];

        Allocations.assertNone(() -> w.update(values, Updates.add()));
    }

    @Test
    void shouldRefuseReadOnlyHandles() {
        try (ShmArrays watcher = ShmArrays.attachReadOnly("s", settings())) {
            assertThatThrownBy(() -> watcher.observeLocks(new WorkerMetrics("s", 0)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("read-only");
        }
    }
}
