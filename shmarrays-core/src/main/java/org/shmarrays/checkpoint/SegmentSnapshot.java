package org.shmarrays.checkpoint;

import java.util.function.Supplier;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.segment.MemoryLimits;
import org.shmarrays.internal.segment.PartitionAccess;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;

/**
 * The content of a segment, partition by partition: copied beforehand while pushes were held back, or when asked for.
 */
final class SegmentSnapshot implements AutoCloseable {
    private final PartitionAccess access;
    private final WholeCopy whole;
    private final PartitionCopy buffer;
    private final SavedRun run;

    private SegmentSnapshot(final PartitionAccess access, final WholeCopy whole, final SavedRun run) {
        this.access = access;
        this.whole = whole;
        this.buffer = PartitionCopy.ofLargest(access.segment().layout());
        this.run = run;
    }

    /** Each partition is copied when it is asked for. */
    static SegmentSnapshot perPartition(final PartitionAccess access, final Supplier<SavedRun> run) {
        return new SegmentSnapshot(access, null, run.get());
    }

    /** All of it is copied at once. Steps P1 to P5 of {@code docs/format/snapshot.md}. */
    static SegmentSnapshot whole(final PartitionAccess access, final Supplier<SavedRun> run) {
        final Segment segment = access.segment();
        Step.P1.reached();
        final WholeCopy copy = WholeCopy.of(segment, MemoryLimits.now());
        SegmentSnapshot snapshot = null;
        try {
            final SavedRun[] saved = new SavedRun[1];
            access.whilePaused(() -> {
                for (final PartitionLayout partition : segment.layout().partitions()) {
                    Step.P4.reached();
                    access.read(partition.index(), () -> copy.copyFrom(segment, partition));
                }
                saved[0] = run.get();
            });
            snapshot = new SegmentSnapshot(access, copy, saved[0]);
            return snapshot;
        } finally {
            if (snapshot == null) {
                copy.close();
            }
        }
    }

    Segment segment() {
        return access.segment();
    }

    /** A partition; valid until the next one is asked for. */
    PartitionCopy partition(final PartitionLayout partition) {
        if (whole != null) {
            whole.copyTo(buffer, partition);
        } else {
            access.read(partition.index(), () -> buffer.copyFrom(segment(), partition));
        }
        return buffer;
    }

    SavedRun run() {
        return run;
    }

    @Override
    public void close() {
        if (whole != null) {
            whole.close();
        }
    }
}
