package org.shmarrays.benchmarks.locks;

import java.util.List;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.PartitionLock;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.worker.LockHolders;
import org.shmarrays.internal.worker.Slot;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/** The lock of the one partition of a segment, with a slot of its own, as an attachment holds it. */
public final class PartitionExclusion implements Exclusion, AutoCloseable {
    private final Slot slot;
    private final PartitionLock lock;

    /** Attaches to the segment; rank 0 creates it. */
    public PartitionExclusion(final String segmentName, final int rank, final int workers) {
        final Settings settings = Settings.fromProperties().withSlots(2 * workers);
        final Segment segment;
        try (ShmArrays arrays = rank == 0 ? create(segmentName, settings) : ShmArrays.attach(segmentName, settings)) {
            segment = Doors.SEGMENT.of(arrays); // stays mapped
        }
        slot = Slot.claim(segment);
        lock = new PartitionLock(
                segment,
                slot.slotId(),
                slot.token(),
                WaitLimit.of(settings.lockTimeout().toNanos()),
                SystemNanoClock.INSTANCE,
                segment::checkNotRemoved,
                new LockHolders(segment));
    }

    private static ShmArrays create(final String name, final Settings settings) {
        return ShmArrays.create(name, List.of(ArraySpec.of("a", ElementType.FLOAT32, 16)), settings);
    }

    @Override
    public void acquire() {
        lock.acquire(0);
    }

    @Override
    public void release() {
        lock.release(0);
    }

    @Override
    public void close() {
        slot.close();
    }
}
