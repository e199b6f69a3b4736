package org.shmarrays.report;

import java.util.ArrayList;
import java.util.List;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.status.SegmentStatus;

/** Looks at a segment, again and again. It claims no slot, takes no lock and writes nothing; for any thread. */
public final class Watch {
    /**
     * A segment with more partitions is looked at without its single partitions: each look would take a good part of a
     * second.
     */
    public static final int PARTITION_LIMIT = 20_000;

    private final Segment segment;
    private final SegmentStatus status;
    private final List<String> partitionNames;

    /** Watches a mapped segment, read-only or not. */
    public Watch(final Segment segment) {
        this.segment = segment;
        this.status = Doors.STATUS.of(segment);
        final SegmentLayout layout = segment.layout();
        this.partitionNames = layout.partitions().size() > PARTITION_LIMIT ? List.of() : names(layout);
    }

    private static List<String> names(final SegmentLayout layout) {
        final List<List<String>> names = new ArrayList<>();
        layout.partitions().forEach(partition -> names.add(new ArrayList<>()));
        for (final ArrayLayout array : layout.arrays()) {
            for (int partition = array.firstPartition(); partition < array.partitionsEnd(); partition++) {
                final String part = array.partitionCount() == 1
                        ? ""
                        : " " + (partition - array.firstPartition() + 1) + "/" + array.partitionCount();
                names.get(partition).add(array.spec().name() + part);
            }
        }
        return names.stream().map(arrays -> String.join(", ", arrays)).toList();
    }

    /** A reader of the segment's events, from the oldest one on. */
    public EventReader eventReader() {
        return Doors.EVENTS.of(status);
    }

    /** The segment's name. */
    public String name() {
        return segment.name();
    }

    /**
     * True if the segment was removed, or its files taken away: its counters are no longer those of a run that anybody
     * can join.
     */
    public boolean isRemoved() {
        try {
            segment.presence().checkNowAndThen();
            return segment.isRemoved();
        } catch (final SegmentRemovedException | SegmentVanishedException e) {
            return true;
        }
    }

    /** The counters of about this moment. */
    public Look look() {
        return new Look(status.snapshot(), partitionNames.isEmpty() ? List.of() : status.partitions(), partitionNames);
    }
}
