package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import org.shmarrays.internal.layout.PartitionTable;

/**
 * The version of a partition that is overwritten as a whole, without undo: from {@link #begin} to {@link #end} it is odd
 * and no undo area explains that, so that a partition whose overwriter died counts as damaged, which it is. The caller
 * holds the partition's lock.
 */
public final class PartitionOverwrite {
    private PartitionOverwrite() {}

    /** The partition becomes odd, or, if it is damaged, stays so. */
    public static void begin(final Segment segment, final int partition) {
        final PartitionTable partitions = segment.partitions();
        final long version = partitions.versionPlain(partition);
        partitions.versionRelease(partition, version | 1);
        VarHandle.storeStoreFence();
    }

    /** The new content is complete. */
    public static void end(final Segment segment, final int partition) {
        final PartitionTable partitions = segment.partitions();
        partitions.versionRelease(partition, partitions.versionPlain(partition) + 1);
    }
}
