package org.shmarrays.cli;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.segment.SegmentRoot;

/**
 * What a scrape reads: one segment, or all of a directory. It follows segments that are removed and created. For any
 * thread.
 */
abstract sealed class Scrape {
    private final SegmentRoot root;
    private final boolean hasPartitions;

    private Scrape(final SegmentRoot root, final boolean hasPartitions) {
        this.root = root;
        this.hasPartitions = hasPartitions;
    }

    /** The segment of this name, which need not be there yet. */
    static Scrape ofOne(final SegmentRoot root, final String name, final boolean hasPartitions) {
        return new One(root, name, hasPartitions);
    }

    /** All segments that there are at each scrape. */
    static Scrape ofAll(final SegmentRoot root, final boolean hasPartitions) {
        return new All(root, hasPartitions);
    }

    /**
     * The meters of this moment. Several snapshots may have the same name; they differ in the label {@code segment}.
     *
     * @throws SegmentNotFoundException if the segment is not there
     * @throws SegmentRemovedException if it was removed at this moment
     * @throws InvalidSegmentException if it can't be read
     */
    abstract MetricSnapshots read();

    ScrapedSegment open(final String name) {
        return ScrapedSegment.open(root, name, hasPartitions);
    }

    private static final class One extends Scrape {
        private final String name;
        private ScrapedSegment segment;

        private One(final SegmentRoot root, final String name, final boolean hasPartitions) {
            super(root, hasPartitions);
            this.name = name;
        }

        @Override
        synchronized MetricSnapshots read() {
            if (segment == null || segment.isGone()) {
                segment = open(name);
            }
            return segment.scrape();
        }
    }

    private static final class All extends Scrape {
        private static final System.Logger LOGGER = System.getLogger(Scrape.class.getName());

        private final SegmentRoot root;
        private final Map<String, ScrapedSegment> segments = new TreeMap<>();
        private final Set<String> unreadable = new TreeSet<>();

        private All(final SegmentRoot root, final boolean hasPartitions) {
            super(root, hasPartitions);
            this.root = root;
        }

        @Override
        synchronized MetricSnapshots read() {
            final List<String> names = root.names();
            segments.keySet().retainAll(names);
            unreadable.retainAll(names);
            final List<MetricSnapshot> all = new ArrayList<>();
            int served = 0;
            for (final String name : names) {
                try {
                    if (!segments.containsKey(name) || segments.get(name).isGone()) {
                        segments.remove(name);
                        segments.put(name, open(name));
                    }
                    segments.get(name).scrape().forEach(all::add);
                    unreadable.remove(name);
                    served++;
                } catch (final SegmentNotFoundException | SegmentRemovedException e) {
                    segments.remove(name); // since the names were read
                } catch (final InvalidSegmentException e) {
                    segments.remove(name);
                    if (unreadable.add(name)) {
                        LOGGER.log(System.Logger.Level.WARNING, "not served: " + e.getMessage());
                    }
                }
            }
            all.add(GaugeSnapshot.builder()
                    .name("shmarrays_segments")
                    .help("Segments in the directory: served, or unreadable and therefore missing here")
                    .dataPoint(count("served", served))
                    .dataPoint(count("unreadable", unreadable.size()))
                    .build());
            return new MetricSnapshots(all);
        }

        private static GaugeDataPointSnapshot count(final String state, final int segments) {
            return GaugeDataPointSnapshot.builder()
                    .labels(Labels.of("state", state))
                    .value(segments)
                    .build();
        }
    }
}
