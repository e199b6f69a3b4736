package org.shmarrays.status;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;

/**
 * Gives histograms to Prometheus's registry: Micrometer can't hand over buckets that are counted already. Loaded for a
 * registry of Prometheus alone, because its library is optional.
 */
final class PrometheusHistograms {
    private PrometheusHistograms() {}

    static void register(final MeterRegistry registry, final Tags tags, final List<SegmentHistogram> histograms) {
        final PrometheusRegistry prometheus = ((PrometheusMeterRegistry) registry).getPrometheusRegistry();
        final Labels labels = labels(tags);
        for (final SegmentHistogram histogram : histograms) {
            final Collector collector = () -> snapshot(histogram, labels);
            prometheus.register(collector);
        }
    }

    private static Labels labels(final Tags tags) {
        final Labels.Builder labels = Labels.builder();
        tags.forEach(tag -> labels.label(tag.getKey(), tag.getValue()));
        return labels.build();
    }

    private static MetricSnapshot snapshot(final SegmentHistogram histogram, final Labels labels) {
        final Log2Histogram now = histogram.values().get();
        final double[] bounds = new double[histogram.buckets()];
        for (int bucket = 0; bucket < bounds.length; bucket++) {
            bounds[bucket] = histogram.upperBound(bucket);
        }
        return HistogramSnapshot.builder()
                .name(histogram.name().replace('.', '_') + (histogram.isOfTimes() ? "_seconds" : ""))
                .help(histogram.description())
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, histogram.counts(now)))
                        .sum(histogram.scaled(now.sum()))
                        .build())
                .build();
    }
}
