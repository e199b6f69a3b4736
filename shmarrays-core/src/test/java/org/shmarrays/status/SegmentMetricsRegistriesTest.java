package org.shmarrays.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.jmx.JmxConfig;
import io.micrometer.jmx.JmxMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.layout.HistogramDescriptor;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Every registry takes all meters. */
class SegmentMetricsRegistriesTest {
    private static final int LENGTH = 1024;

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private ShmArrays worker;

    @BeforeEach
    void create() {
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withPartitionBytes(LENGTH);
        arrays = ShmArrays.create(
                "m",
                List.of(
                        ArraySpec.of("w", FLOAT32, LENGTH),
                        ArraySpec.of("free", FLOAT32, 8).inMode(Mode.HOGWILD)),
                settings);
        worker = ShmArrays.attach(Worker.of(0, 1), "m", settings);
        worker.read();
        worker.add(Map.of("w", new float[LENGTH], "free", new float[8]));
    }

    @AfterEach
    void close() {
        worker.close();
        arrays.close();
    }

    private <R extends MeterRegistry> R bound(final R registry) {
        SegmentMetrics.withPartitions(arrays.status()).bindTo(registry);
        return registry;
    }

    private Set<String> ids(final MeterRegistry registry) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> id.getName() + id.getTags())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldBindToTheSimpleRegistry() {
        final SimpleMeterRegistry registry = bound(new SimpleMeterRegistry());

        assertThat(registry.get("shmarrays.updates")
                        .tag("array", "w")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.getMeters()).allSatisfy(meter -> {
            assertThat(meter.getId().getName()).matches("shmarrays(\\.[a-z]+)+");
            assertThat(meter.getId().getDescription()).isNotBlank();
            assertThat(meter.getId().getTag("segment")).isEqualTo("m");
            // A value for each measurement, but none where there is nothing to tell: no loss and no learning rate was
            // reported,
            // no lock was waited for, not every hold is sampled, the creator has not pushed, some locks were never
            // taken.
            final boolean isOfCreator = "slot-0".equals(meter.getId().getTag("worker"));
            final String name = meter.getId().getName();
            final boolean isUnknown = name.equals("shmarrays.loss")
                    || name.endsWith("learning.rate")
                    || name.contains("lock.wait.percentile")
                    || name.endsWith("lock.wait.max")
                    || isOfCreator && name.equals("shmarrays.worker.staleness.percentile");
            final boolean mayBeUnknown = isUnknown || name.contains(".lock.hold.");
            assertThat(meter.measure()).allSatisfy(measurement -> {
                if (isUnknown) {
                    assertThat(measurement.getValue()).as(name).isNaN();
                } else if (!mayBeUnknown) {
                    assertThat(measurement.getValue()).as(name).isGreaterThanOrEqualTo(0);
                }
            });
        });
    }

    @Test
    void shouldBindToPrometheus() {
        final Set<String> simple = ids(bound(new SimpleMeterRegistry()));
        simple.removeIf(id -> id.contains(".histogram") || id.startsWith("shmarrays.staleness.sum"));

        final PrometheusMeterRegistry registry = bound(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));

        // It drops, with a warning, a meter whose name has other tags elsewhere.
        assertThat(ids(registry)).isEqualTo(simple);
        assertThat(registry.scrape().lines())
                .contains(
                        "shmarrays_updates_total{array=\"w\",segment=\"m\"} 1.0",
                        "shmarrays_lock_acquisitions_total{array=\"w\",segment=\"m\"} 4.0",
                        "shmarrays_partition_lock_acquisitions_total{partition=\"3\",segment=\"m\"} 1.0",
                        "shmarrays_worker_updates_total{segment=\"m\",worker=\"0\"} 1.0",
                        "shmarrays_workers{segment=\"m\",state=\"running\"} 1.0",
                        "shmarrays_unranked{segment=\"m\",state=\"running\"} 1.0",
                        "shmarrays_lock_wait_seconds_count{array=\"w\",segment=\"m\"} 0",
                        "# TYPE shmarrays_staleness histogram",
                        "shmarrays_staleness_bucket{segment=\"m\",le=\"0.0\"} 1",
                        "shmarrays_staleness_bucket{segment=\"m\",le=\"+Inf\"} 1",
                        "shmarrays_staleness_count{segment=\"m\"} 1",
                        "shmarrays_staleness_sum{segment=\"m\"} 0.0",
                        "# TYPE shmarrays_segment_lock_wait_seconds histogram",
                        "shmarrays_segment_lock_wait_seconds_bucket{segment=\"m\",le=\"6.3E-8\"} 0",
                        "# TYPE shmarrays_segment_lock_hold_seconds histogram");
    }

    @Test
    void shouldCountValuesAboveTheLastBoundInTheLastBucket() {
        final long[] counts = new long[HistogramDescriptor.BUCKETS];
        counts[0] = 1;
        counts[2] = 2;
        counts[HistogramDescriptor.BUCKETS - 1] = 4;
        final Log2Histogram values = Log2Histogram.ofTimes(counts, 3_000_000_000L, 2_000_000_000L);

        final SegmentHistogram histogram = SegmentHistogram.ofTimes("h", "H", 3, () -> values);

        assertThat(histogram.counts(values)).containsExactly(1, 0, 6);
        assertThat(List.of(histogram.upperBound(0), histogram.upperBound(1), histogram.upperBound(2)))
                .containsExactly(63 / 1e9, 127 / 1e9, Double.POSITIVE_INFINITY);
        assertThat(histogram.countUpTo(2)).isEqualTo(7);
        assertThat(histogram.scaled(values.sum())).isEqualTo(3);
    }

    @Test
    void shouldBindToJmx() throws Exception {
        final JmxMeterRegistry registry = bound(new JmxMeterRegistry(JmxConfig.DEFAULT, Clock.SYSTEM));
        try {
            final Set<ObjectName> names = ManagementFactory.getPlatformMBeanServer()
                    .queryNames(new ObjectName("metrics:name=shmarraysUpdates.*,*"), null);

            assertThat(names).hasSize(2);
            for (final ObjectName name : names) {
                assertThat(ManagementFactory.getPlatformMBeanServer().getAttribute(name, "Count"))
                        .isEqualTo(1L);
            }
        } finally {
            registry.close();
        }
    }

    @Test
    void shouldBindToOtlp() {
        final Set<String> simple = ids(bound(new SimpleMeterRegistry()));
        final OtlpMeterRegistry registry =
                bound(new OtlpMeterRegistry(key -> key.equals("otlp.enabled") ? "false" : null, Clock.SYSTEM));
        try {
            assertThat(ids(registry)).isEqualTo(simple);
            assertThat(registry.get("shmarrays.updates")
                            .tag("array", "free")
                            .functionCounter()
                            .count())
                    .isEqualTo(1);
        } finally {
            registry.close();
        }
    }
}
