package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.layout.PartitionDescriptor;

/**
 * The version of a partition that is overwritten as a whole, without undo: from {@link #begin} to {@link #end} it is odd
 * and no undo area explains that, so that a partition whose overwriter died counts as damaged, which it is. The caller
 * holds the partition's lock.
 */
public final class PartitionOverwrite {
    private PartitionOverwrite() {}

    /** The partition becomes odd, or, if it is damaged, stays so. */
    public static void begin(final Segment segment, final int partition) {
        final AtomicBuffer control = segment.control();
        final int block = segment.controlLayout().partition(partition);
        final long version = PartitionDescriptor.versionPlain(control, block);
        PartitionDescriptor.versionRelease(control, block, version | 1);
        VarHandle.storeStoreFence();
    }

    /** The new content is complete. */
    public static void end(final Segment segment, final int partition) {
        final AtomicBuffer control = segment.control();
        final int block = segment.controlLayout().partition(partition);
        PartitionDescriptor.versionRelease(control, block, PartitionDescriptor.versionPlain(control, block) + 1);
    }
}
