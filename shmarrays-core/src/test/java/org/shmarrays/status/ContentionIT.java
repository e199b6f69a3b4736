package org.shmarrays.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Workers;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** The metrics tell what happens among real processes: from counts, not from times. */
@Timeout(180)
class ContentionIT {
    private static final int WORKERS = 8;
    private static final int PUSHES = 400;
    private static final int ROW = 64;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(WORKERS + 2)
                .withPartitionBytes(ROW * Float.BYTES);
    }

    /** Pushes to one row, of which each is a partition: to the first one, or to that of the rank. */
    static final class Pusher {
        private Pusher() {}

        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                final int row = arguments[1].equals("hot") ? 0 : worker.rank();
                final String name = "r" + row;
                worker.barrier();
                for (int i = 0; i < PUSHES; i++) {
                    // Whoever has the core gives it away while it holds the lock: so others meet it, also on one core.
                    arrays.updateElementwise(Map.of(name, new float[ROW]), (g, gOffset, w, wOffset, n) -> {
                        Thread.yield();
                        w[wOffset]++;
                    });
                    worker.countStep(1, 0);
                }
            }
        }
    }

    /** Updates one row and stops in the middle of it. */
    static final class Holder {
        private Holder() {}

        public static void main(final String... arguments) throws InterruptedException {
            try (ShmArrays arrays = ShmArrays.attach(arguments[0])) {
                arrays.updateElementwise(Map.of("r0", new float[ROW]), (g, gOffset, w, wOffset, n) -> {
                    System.out.println("holding");
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                });
            }
        }
    }

    private ShmArrays create(final String name) {
        final List<ArraySpec> rows = IntStream.range(0, WORKERS)
                .mapToObj(row -> ArraySpec.of("r" + row, FLOAT32, ROW))
                .toList();
        return ShmArrays.create(name, rows, settings());
    }

    private static LockStatus push(final ShmArrays arrays, final Path directory) {
        final SegmentStatus status = arrays.status();
        final StatusSnapshot before = status.snapshot();
        Workers.run(Pusher.class, WORKERS, directory, arrays.name(), arrays.name());
        return status.snapshot().since(before).lock();
    }

    @Test
    void shouldTellOneHotPartitionFromMany() {
        try (ShmArrays hotArrays = create("hot");
                ShmArrays manyArrays = create("many")) {
            final LockStatus hot = push(hotArrays, directory);
            final LockStatus many = push(manyArrays, directory);

            // The same work in both.
            assertThat(hot.changes()).isEqualTo(WORKERS * PUSHES).isEqualTo(many.changes());
            assertThat(many.contended()).isZero();
            assertThat(many.contentionRatio()).isZero();
            assertThat(hot.contentionRatio()).isGreaterThan(0.1);
            assertThat(hot.waits().count()).isEqualTo(hot.contended());
            // And which partition it is.
            assertThat(hotArrays.status().array("r0").contended()).isEqualTo(hot.contended());
            assertThat(contention(hotArrays, "r0")).isGreaterThan(0.1);
            assertThat(contention(hotArrays, "r1")).isZero();
            assertThat(contention(manyArrays, "r0")).isZero();
        }
    }

    /** As the Prometheus text has it: contended by all. */
    private static double contention(final ShmArrays arrays, final String array) {
        final String text = scrape(arrays);
        return value(text, "shmarrays_lock_contended_total", array)
                / Math.max(1, value(text, "shmarrays_lock_acquisitions_total", array));
    }

    private static String scrape(final ShmArrays arrays) {
        final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new SegmentMetrics(arrays.status()).bindTo(registry);
        return registry.scrape();
    }

    private static double value(final String text, final String metric, final String array) {
        return text.lines()
                .filter(line -> line.startsWith(metric + "{") && line.contains("array=\"" + array + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + metric + " of " + array + ":\n" + text));
    }

    @Test
    void shouldShowAKilledHolderAsARecovery() {
        try (ShmArrays arrays = create("killed")) {
            final SegmentStatus status = arrays.status();
            try (Jvm holder = Jvm.start(Holder.class, directory, "killed")) {
                holder.awaitLine("holding");
                assertThat(status.partitions("r0").get(0).holder()).isEqualTo(1);
                holder.signal("KILL");
                holder.awaitExit();
            }
            assertThat(status.workers().get(1).state()).isEqualTo(WorkerState.GONE);
            assertThat(scrape(arrays)).contains("shmarrays_unranked{segment=\"killed\",state=\"gone\"} 1.0");
            assertThat(status.array("r0").recoveries()).isZero();

            arrays.update(Map.of("r0", new float[ROW]), Updates.add());

            assertThat(status.array("r0").recoveries()).isEqualTo(1);
            assertThat(status.array("r1").recoveries()).isZero();
            assertThat(value(scrape(arrays), "shmarrays_lock_recoveries_total", "r0"))
                    .isEqualTo(1);
        }
    }
}
