package org.shmarrays.segment;

/**
 * A partition was left half changed, and what would put it right is missing: its values can't be trusted. Restore the
 * segment from a checkpoint, or create it again.
 */
public final class DamagedPartitionException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public DamagedPartitionException(final String message) {
        super(message);
    }

    static DamagedPartitionException of(final Segment segment, final int partition) {
        return new DamagedPartitionException(
                "a partition was left half changed, and its undo record is missing: segment="
                        + segment.name() + ", partition=" + partition + ", arrays="
                        + PartitionNames.of(segment.layout(), partition)
                        + "; its values can't be trusted: create the segment again, or restore it from a checkpoint");
    }
}
