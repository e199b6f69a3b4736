package org.shmarrays.internal.access;

import java.lang.ref.Reference;
import org.shmarrays.errors.TornReadException;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitTime;
import org.shmarrays.internal.worker.StoppedWorkers;

/**
 * A read: consistent per partition in the locked family, per element in the lock-free one. What it copies is given by
 * its {@link PullSpans}. May be used again and again, and allocates nothing. For the handle's thread.
 *
 * <p>Copies out of partitions of the locked family, each at one instant, by steps V1 to V6 of {@code
 * docs/format/versions.md}. All partitions of a batch are copied at one go, which is faster; those that were changed
 * meanwhile are copied again, each on its own. What is copied is copied again as a whole at each try, so a
 * destination may hold half an update when something is thrown.
 */
final class Pull {
    private static final int TRIES_WITHOUT_LOCK = 3;
    private static final int YIELDS = 100;
    private static final long PARK_NS = 50_000;

    /** Between two looks at the process that changes the partition. */
    private static final long LOOK_NS = 10_000_000;

    private final Reading reading;
    private final PullSpans spans;

    /** Whether staleness and retries are counted. */
    private final boolean areKnown;

    /** The partitions of the present batch, and their versions before the copy. */
    private final int[] partitions;

    private final long[] versions;
    private int count;

    /**
     * A read by a handle.
     *
     * @param mostPartitions of a batch
     */
    Pull(final Reading reading, final PullSpans spans, final int mostPartitions) {
        this.reading = reading;
        this.spans = spans;
        this.areKnown = reading.hasSlot() && spans.areKnown();
        this.partitions = new int[mostPartitions];
        this.versions = new long[mostPartitions];
    }

    /**
     * Copies all spans, and counts no read.
     *
     * @throws org.shmarrays.errors.LockTimeoutException if a partition keeps changing, and its lock is not free in
     *     time
     * @throws org.shmarrays.errors.DamagedPartitionException if a partition was left half changed, and could not be
     *     repaired
     * @throws TornReadException if a handle without a slot finds no instant before the lock timeout
     */
    void copyAll() {
        try {
            if (areKnown) {
                reading.staleness().readLockFree(spans.lockFreeArrays(), spans.lengthBytes());
            }
            spans.begin();
            for (count = spans.next(partitions); count != PullSpans.NONE; count = spans.next(partitions)) {
                copyBatch();
            }
        } finally {
            Reference.reachabilityFence(this); // whoever owns the memory that is written lives until here
        }
    }

    private void copyBatch() {
        if (count == 0) {
            spans.copy();
        } else if (count == 1) {
            copyAlone(0);
        } else {
            copyTogether();
        }
    }

    /** All versions are read before the copy, and each again after it. */
    private void copyTogether() {
        for (int i = 0; i < count; i++) {
            begin(i);
        }
        spans.copy();
        for (int i = 0; i < count; i++) {
            if (!accept(i)) {
                copyAlone(i);
            }
        }
    }

    /** V1. */
    private void begin(final int i) {
        versions[i] = reading.reader().begin(partitions[i]);
    }

    /** V3 to V6. */
    private boolean accept(final int i) {
        if (reading.reader().isConsistent(partitions[i], versions[i])) {
            if (areKnown) {
                reading.staleness().read(partitions[i], versions[i]);
            }
            return true;
        }
        if (areKnown) {
            reading.counters().retry();
        }
        return false;
    }

    /** V1 to V6; a version that is odd is not copied. */
    private boolean tryCopy(final int i) {
        begin(i);
        if ((versions[i] & 1) == 0) {
            spans.copy(i);
        }
        return accept(i);
    }

    /** Copies out of one partition; after three tries under its lock, if the handle has a slot. */
    private void copyAlone(final int i) {
        for (int attempt = 0; attempt < TRIES_WITHOUT_LOCK; attempt++) {
            if (tryCopy(i)) {
                return;
            }
            Thread.onSpinWait();
        }
        if (reading.hasSlot()) {
            copyUnderLock(i);
        } else {
            copyWithoutLock(i);
        }
    }

    private void copyUnderLock(final int i) {
        reading.lock().acquire(partitions[i]);
        try {
            spans.copy(i);
            if (areKnown) {
                reading.staleness().readLocked(partitions[i]);
            }
        } finally {
            reading.lock().release(partitions[i]);
        }
    }

    private void copyWithoutLock(final int i) {
        final int partition = partitions[i];
        final Segment segment = reading.segment();
        final WaitTime time = reading.newWaitTime();
        long now = reading.clock().nanoTime();
        long lookedNs = now;
        boolean isStopped = false;
        for (int round = 0; ; round++) {
            reading.checkUsable();
            final boolean late = time.isOver();
            if (tryCopy(i)) {
                if (time.stoppedNs() > 0) {
                    StoppedWorkers.lookAgain(segment);
                }
                return;
            }
            reading.reader().checkNotDamaged(partition);
            if (late) {
                throw new TornReadException("a partition kept changing while it was read: segment="
                        + segment.name() + ", partition=" + partition + ", array="
                        + Printable.text(spans.name()) + ", waited="
                        + time.countedNs() / 1_000_000
                        + " ms; a read-only handle takes no lock: attach with a slot to read under the lock");
            }
            final long before = now;
            now = reading.clock().nanoTime();
            if (now - lookedNs > LOOK_NS) {
                isStopped = StoppedWorkers.isHolderStopped(
                        segment, segment.partitions().lockAcquire(partition));
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
