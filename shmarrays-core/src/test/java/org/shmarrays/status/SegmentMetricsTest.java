package org.shmarrays.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shmarrays.layout.ElementType.FLOAT32;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

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
            new SegmentMetrics(watcher.status()).bindTo(registry);

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
            final SegmentStatus status = arrays.status();
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

    @Test
    void shouldBoundTheNumberOfMeters() {
        final List<ArraySpec> specs = new ArrayList<>();
        for (int i = 1; i <= 300; i++) {
            specs.add(ArraySpec.of("a" + i, FLOAT32, i));
        }
        specs.add(ArraySpec.of("large", FLOAT32, 1000, PARTITION_FLOATS));
        try (ShmArrays arrays = ShmArrays.create("m", specs, settings())) {
            arrays.update(Map.of("a1", new float[1], "a2", new float[2], "a300", new float[300]), Updates.add());
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            SegmentMetrics.withPartitions(arrays.status()).bindTo(registry);

            assertThat(registry.find("shmarrays.updates").meters()).hasSize(SegmentMetrics.ARRAY_LIMIT);
            assertThat(counter(registry, "shmarrays.updates", "a300")).isEqualTo(1);
            assertThat(counter(registry, "shmarrays.updates", SegmentMetrics.OTHER))
                    .isEqualTo(2);
            // The small arrays share a partition, which is counted once for all of them together.
            assertThat(counter(registry, "shmarrays.lock.acquisitions", SegmentMetrics.OTHER))
                    .isBetween(1.0, 2.0);
            final Collection<Meter> partitions =
                    registry.find("shmarrays.partition.lock.acquisitions").meters();
            assertThat(partitions)
                    .hasSizeLessThanOrEqualTo(SegmentMetrics.PARTITION_LIMIT)
                    .hasSizeGreaterThan(128);
            assertThat(partitions.stream()
                            .mapToDouble(meter -> ((FunctionCounter) meter).count())
                            .sum())
                    .isEqualTo(arrays.status().snapshot().lock().acquisitions());
        }
    }

    @Test
    void shouldShowWorkersThatComeAndGo() {
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            final SegmentMetrics metrics = new SegmentMetrics(arrays.status());
            metrics.bindTo(registry);
            assertThat(workers(registry)).containsExactly("slot-0");

            final ShmArrays first = ShmArrays.attach(Worker.of(0, 2), "m", settings());
            first.add(Map.of("W", new float[8]));
            metrics.refresh();
            assertThat(workers(registry)).containsExactly("0", "slot-0");
            assertThat(registry.get("shmarrays.worker.updates")
                            .tag("worker", "0")
                            .functionCounter()
                            .count())
                    .isEqualTo(1);

            first.close();
            metrics.refresh();
            assertThat(workers(registry)).containsExactly("slot-0");
        }
    }

    @Test
    void shouldPutWorkersThatAreTooManyTogether() {
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings());
                ShmArrays first = ShmArrays.attach(Worker.of(0, 3), "m", settings());
                ShmArrays second = ShmArrays.attach(Worker.of(1, 3), "m", settings());
                ShmArrays third = ShmArrays.attach(Worker.of(2, 3), "m", settings())) {
            for (final ShmArrays worker : List.of(first, second, second, third, third, third)) {
                worker.add(Map.of("W", new float[8]));
            }
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            SegmentMetrics.withLimits(arrays.status(), 1, 2, SystemNanoClock.INSTANCE)
                    .bindTo(registry);

            assertThat(workers(registry)).containsExactly(SegmentMetrics.OTHER, "0");
            assertThat(registry.get("shmarrays.worker.updates")
                            .tag("worker", SegmentMetrics.OTHER)
                            .functionCounter()
                            .count())
                    .isEqualTo(2 + 3);
        }
    }

    @Test
    void shouldNotCountForAWorkerWhatItsSlotCountedBefore() {
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            final SegmentMetrics metrics = new SegmentMetrics(arrays.status());
            metrics.bindTo(registry);
            final ShmArrays former = ShmArrays.attach(Worker.of(0, 2), "m", settings());
            former.add(Map.of("W", new float[8]));
            former.add(Map.of("W", new float[8]));
            metrics.refresh();
            former.close();

            try (ShmArrays successor = ShmArrays.attach(Worker.of(1, 2), "m", settings())) {
                successor.add(Map.of("W", new float[8]));
                metrics.refresh();
                assertThat(updates(registry, "1")).as("slot 1 has counted 3").isEqualTo(1);

                // Rank 0 comes back to another slot, and goes on.
                try (ShmArrays again = ShmArrays.attach(Worker.of(0, 2), "m", settings())) {
                    again.add(Map.of("W", new float[8]));
                    metrics.refresh();
                    assertThat(updates(registry, "0")).isEqualTo(2 + 1);
                    assertThat(updates(registry, "1")).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void shouldNeverGoBackWhenThoseThatAreTooManyChange() {
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings());
                ShmArrays first = ShmArrays.attach(Worker.of(1, 3), "m", settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            final SegmentMetrics metrics = SegmentMetrics.withLimits(arrays.status(), 1, 2, SystemNanoClock.INSTANCE);
            metrics.bindTo(registry);
            final ShmArrays second = ShmArrays.attach(Worker.of(2, 3), "m", settings());
            second.add(Map.of("W", new float[8]));
            second.add(Map.of("W", new float[8]));
            metrics.refresh();
            assertThat(updates(registry, SegmentMetrics.OTHER)).isEqualTo(2);
            second.close();
            first.add(Map.of("W", new float[8]));

            try (ShmArrays third = ShmArrays.attach(Worker.of(0, 3), "m", settings())) {
                third.add(Map.of("W", new float[8]));
                metrics.refresh();

                // Rank 1 and the creator are the others now.
                assertThat(workers(registry)).containsExactly(SegmentMetrics.OTHER, "0");
                assertThat(updates(registry, "0")).isEqualTo(1);
                assertThat(updates(registry, SegmentMetrics.OTHER)).isEqualTo(2 + 1);
            }
        }
    }

    private static double updates(final SimpleMeterRegistry registry, final String worker) {
        return registry.get("shmarrays.worker.updates")
                .tag("worker", worker)
                .functionCounter()
                .count();
    }

    private static Set<String> workers(final SimpleMeterRegistry registry) {
        return registry.find("shmarrays.worker.updates").meters().stream()
                .map(meter -> meter.getId().getTag("worker"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldTellPercentilesOfTheLastWindows() {
        final AtomicLong now = new AtomicLong();
        final long minute = TimeUnit.MINUTES.toNanos(1) + 1;
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings());
                ShmArrays other = ShmArrays.attach("m", settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            SegmentMetrics.withLimits(arrays.status(), 10, 10, now::get).bindTo(registry);
            arrays.read();
            for (int i = 0; i < 5; i++) {
                other.add(Map.of("W", new float[8]));
            }
            arrays.add(Map.of("W", new float[8]));

            // 5 is in the bucket of 4 to 7, but nothing was greater than 5.
            assertThat(staleness(registry)).isEqualTo(5);
            now.addAndGet(minute);
            assertThat(staleness(registry)).isEqualTo(5);
            arrays.read();
            arrays.add(Map.of("W", new float[8]));
            now.addAndGet(minute);
            assertThat(staleness(registry))
                    .as("5 was before the last window but one")
                    .isZero();
            assertThat(registry.get("shmarrays.staleness.max").gauge().value()).isEqualTo(5);
        }
    }

    @Test
    void shouldForgetTheRecentPastWhenItIsNotRead() {
        final AtomicLong now = new AtomicLong();
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings());
                ShmArrays other = ShmArrays.attach("m", settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            SegmentMetrics.withLimits(arrays.status(), 10, 10, now::get).bindTo(registry);
            now.addAndGet(TimeUnit.MINUTES.toNanos(1) + 1);
            assertThat(staleness(registry)).as("no push at all").isNaN();
            arrays.read();
            other.add(Map.of("W", new float[8]));
            arrays.add(Map.of("W", new float[8]));

            now.addAndGet(TimeUnit.HOURS.toNanos(1));

            assertThat(staleness(registry)).as("nothing since that look").isNaN();
            arrays.read();
            arrays.add(Map.of("W", new float[8]));
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            assertThat(staleness(registry)).isZero();
        }
    }

    @Test
    void shouldTellNoStalenessWhereNoneWasCounted() {
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new SegmentMetrics(arrays.status()).bindTo(registry);
            arrays.add(Map.of("W", new float[8])); // never read

            assertThat(staleness(registry)).isNaN();
            assertThat(registry.get("shmarrays.staleness.max").gauge().value()).isNaN();
            assertThat(registry.get("shmarrays.worker.staleness.percentile")
                            .tag("phi", "0.5")
                            .gauge()
                            .value())
                    .isNaN();
        }
    }

    private static double staleness(final SimpleMeterRegistry registry) {
        return registry.get("shmarrays.staleness.percentile")
                .tag("phi", "0.99")
                .gauge()
                .value();
    }

    @Test
    void shouldLastAsLongAsTheRegistry() {
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new SegmentMetrics(arrays.status()).bindTo(registry);
            arrays.add(Map.of("W", new float[8]));

            final WeakReference<Object> garbage = new WeakReference<>(new Object());
            Await.until("a collection", () -> {
                System.gc();
                return garbage.get() == null;
            });

            assertThat(counter(registry, "shmarrays.updates", "W")).isEqualTo(1);
            assertThat(registry.get("shmarrays.mapped").gauge().value()).isPositive();
            assertThat(registry.get("shmarrays.age").timeGauge().value(TimeUnit.NANOSECONDS))
                    .isNotNaN();
        }
    }

    @Test
    void shouldShowOneMomentInAllMetersOfAScrape() {
        final AtomicLong now = new AtomicLong();
        try (ShmArrays arrays = ShmArrays.create("m", List.of(ArraySpec.of("W", FLOAT32, 8)), settings())) {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            SegmentMetrics.withLimits(arrays.status(), 10, 10, now::get).bindTo(registry);
            assertThat(counter(registry, "shmarrays.updates", "W")).isZero();
            arrays.add(Map.of("W", new float[8]));

            assertThat(counter(registry, "shmarrays.lock.acquisitions", "W")).isZero();
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            assertThat(counter(registry, "shmarrays.lock.acquisitions", "W")).isEqualTo(1);
        }
    }

    /** Waits until a worker has published that it waits for the only partition. */
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
