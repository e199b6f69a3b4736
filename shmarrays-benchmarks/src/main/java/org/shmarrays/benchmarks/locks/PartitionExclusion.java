package org.shmarrays.benchmarks.locks;

import java.util.List;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.segment.PartitionLock;
import org.shmarrays.segment.Segment;
import org.shmarrays.worker.Recovery;
import org.shmarrays.worker.Slot;

/** The lock of the one partition of a segment, with a slot of its own, as an attachment holds it. */
public final class PartitionExclusion implements Exclusion, AutoCloseable {
    private final Slot slot;
    private final PartitionLock lock;

    /** Attaches to the segment, or creates it. */
    public PartitionExclusion(final String segmentName, final int workers) {
        final Settings settings = Settings.fromProperties().withSlots(2 * workers);
        final Segment segment;
        try (ShmArrays arrays = ShmArrays.createOrAttach(
                segmentName, List.of(ArraySpec.of("a", ElementType.FLOAT32, 16)), created -> {}, settings)) {
            segment = arrays.segment();
            slot = Slot.claim(segment, -1, 0, 0, false);
        }
        lock = new PartitionLock(
                segment,
                slot.slotId(),
                slot.token(),
                settings.lockTimeout().toNanos(),
                SystemNanoClock.INSTANCE,
                segment::checkNotRemoved,
                token -> Recovery.recoverIfDead(segment, token));
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
