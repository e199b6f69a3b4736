package org.shmarrays.cli;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.status.SegmentMetrics;
import org.shmarrays.status.SegmentStatus;

/** A segment, and a registry of its meters. For one thread at a time. */
final class ScrapedSegment {
    private final Segment segment;
    private final SegmentMetrics metrics;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private ScrapedSegment(final Segment segment, final boolean hasPartitions) {
        this.segment = segment;
        final SegmentStatus status = Doors.STATUS.of(segment);
        this.metrics = hasPartitions ? SegmentMetrics.withPartitions(status) : new SegmentMetrics(status);
        metrics.bindTo(registry);
    }

    /**
     * Maps a segment without a slot.
     *
     * @throws SegmentNotFoundException if there is none of this name
     */
    static ScrapedSegment open(final SegmentRoot root, final String name, final boolean hasPartitions) {
        return new ScrapedSegment(SegmentOpener.open(root, name, true), hasPartitions);
    }

    /** True if it was removed: another one of its name may be there. */
    boolean isGone() {
        return segment.isRemoved() || segment.presence().isLost();
    }

    /**
     * The meters of this moment.
     *
     * @throws SegmentRemovedException if it was removed
     */
    MetricSnapshots scrape() {
        segment.presence().checkNowAndThen();
        metrics.refresh();
        return registry.getPrometheusRegistry().scrape();
    }
}
