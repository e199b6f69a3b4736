package org.shmarrays;

import org.shmarrays.errors.TornReadException;
import org.shmarrays.internal.layout.PartitionDescriptor;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.PartitionReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitTime;
import org.shmarrays.layout.Printable;
import org.shmarrays.worker.StoppedWorkers;

/**
 * Copies out of partitions of the locked family, each at one instant: steps V1 to V6 of
 * {@code docs/format/versions.md}. For the handle's thread. What is copied is copied again as a whole at each try, so a
 * destination may hold half an update when something is thrown.
 */
final class ConsistentCopy {
    private static final int TRIES_WITHOUT_LOCK = 3;
    private static final int YIELDS = 100;
    private static final long PARK_NS = 50_000;

    /** Between two looks at the process that changes the partition. */
    private static final long LOOK_NS = 10_000_000;

    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 10_000_000;

    private final Attachment attachment;
    private final Runnable copy;

    /**
     * Copies by a handle.
     *
     * @param copy copies what is wanted; called again when the partition changed meanwhile
     */
    ConsistentCopy(final Attachment attachment, final Runnable copy) {
        this.attachment = attachment;
        this.copy = copy;
    }

    /**
     * Copies out of a partition; after three tries under its lock, if the handle has a slot.
     *
     * @param array as messages call what is read
     * @throws org.shmarrays.errors.LockTimeoutException if the lock is not free in time
     * @throws org.shmarrays.errors.DamagedPartitionException if the partition was left half changed, and could not be
     *     repaired
     * @throws TornReadException if a handle without a slot finds no instant before the lock timeout
     */
    void copy(final int partition, final String array) {
        for (int attempt = 0; attempt < TRIES_WITHOUT_LOCK; attempt++) {
            if (tryCopy(partition)) {
                return;
            }
            Thread.onSpinWait();
        }
        if (attachment.hasSlot()) {
            attachment.lock().acquire(partition);
            try {
                copy.run();
                attachment.staleness().readLocked(partition);
            } finally {
                attachment.lock().release(partition);
            }
        } else {
            copyWithoutLock(partition, array);
        }
    }

    private boolean tryCopy(final int partition) {
        final PartitionReader reader = attachment.reader();
        final long version = reader.begin(partition);
        if ((version & 1) == 0) {
            copy.run();
            if (reader.isConsistent(partition, version)) {
                if (attachment.hasSlot()) {
                    attachment.staleness().read(partition, version);
                }
                return true;
            }
        }
        countRetry();
        return false;
    }

    /** Counts a copy that has to be made again. */
    void countRetry() {
        if (attachment.hasSlot()) {
            attachment.counters().retry();
        }
    }

    private void copyWithoutLock(final int partition, final String array) {
        final Segment segment = attachment.segment();
        final int block = segment.controlLayout().partition(partition);
        final WaitTime time = new WaitTime(attachment.settings().lockLimit(), LONGEST_ROUND_NS);
        long now = attachment.clock().nanoTime();
        long lookedNs = now;
        boolean isStopped = false;
        for (int round = 0; ; round++) {
            attachment.checkUsable();
            final boolean late = time.isOver();
            if (tryCopy(partition)) {
                if (time.stoppedNs() > 0) {
                    StoppedWorkers.lookAgain(segment);
                }
                return;
            }
            attachment.reader().checkNotDamaged(partition);
            if (late) {
                throw new TornReadException("a partition kept changing while it was read: segment="
                        + segment.name() + ", partition=" + partition + ", array="
                        + Printable.text(array) + ", waited="
                        + time.countedNs() / 1_000_000
                        + " ms; a read-only handle takes no lock: attach with a slot to read under the lock");
            }
            final long before = now;
            now = attachment.clock().nanoTime();
            if (now - lookedNs > LOOK_NS) {
                isStopped = StoppedWorkers.isHolderStopped(
                        segment, PartitionDescriptor.lockAcquire(segment.control(), block));
                lookedNs = now;
            }
            time.add(now - before, isStopped, false);
            if (round < YIELDS) {
                Thread.yield();
            } else {
                Parking.parkNanos(PARK_NS);
            }
        }
    }
}
