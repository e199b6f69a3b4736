package org.shmarrays.internal.segment;

import org.shmarrays.errors.DamagedPartitionException;

/** The exception that says which partition is damaged. */
final class DamagedPartition {
    private DamagedPartition() {}

    static DamagedPartitionException exception(final Segment segment, final int partition) {
        return new DamagedPartitionException(
                "a partition was left half changed, and its undo record is missing: segment="
                        + segment.name() + ", partition=" + partition + ", arrays="
                        + PartitionNames.of(segment.layout(), partition)
                        + "; its values can't be trusted: create the segment again, or restore it from a checkpoint");
    }
}
