package org.shmarrays.internal.segment;

import org.agrona.concurrent.NanoClock;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.layout.SlotTable;

// Over 300 lines: the steps L1 to L21 of one lock, in their order.
/**
 * The partition locks of a segment, as one worker takes and frees them. A lock is a word in shared memory: 0 if the
 * lock is free, otherwise the token of its holder. A compare-and-set takes the lock, and another one frees it. For one
 * thread. The steps L1 to L21 and their memory order are described in {@code docs/format/locking.md}.
 *
 * <p>A new arrival may barge: it takes a free lock ahead of the waiters. This is fast, because it is already running.
 * When the earliest waiter has waited for {@link #PATIENCE_NS}, it reserves the lock. It is then the <em>reserved
 * waiter</em>, and takes the lock next. The lock itself is never handed over, because a stopped waiter would then own
 * it. A reservation lapses after {@link #RESERVATION_NS}. So a dead or stopped reserved waiter blocks the others for no
 * longer. A waiter that sees the same holder for {@link #SUSPICION_NS} checks whether the holder is alive.
 *
 * <p>Freeing a lock happens before the next acquisition of the same lock: the next holder sees everything that the last
 * holder stored, plainly or not. The lock is not reentrant: a worker that acquires a lock that it holds waits until the
 * timeout. A worker that needs several locks acquires them in ascending order of their partitions.
 */
public final class PartitionLock {
    /**
     * How long the earliest waiter lets others barge before it reserves the lock. The time is counted from its arrival
     * or from the end of the last reservation, whichever is later.
     */
    static final long PATIENCE_NS = 600_000;

    /** How long a reservation is valid if the reserved waiter does not take the lock. */
    static final long RESERVATION_NS = 5_000_000;

    /** How long a waiter sees the same holder before it checks whether the holder is alive. */
    static final long SUSPICION_NS = 10_000_000;

    /** How long a waiter waits for an earlier waiter to reserve the lock. Then the earlier one seems to be dead. */
    private static final long LOST_PATIENCE_NS = 4 * RESERVATION_NS;

    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;
    private static final long FIRST_PARK_NS = 20_000;
    private static final long PARK_NS = 100_000;

    /** The most that one round counts against the limit. In a longer round the waiter itself did not run. */
    private static final long LONGEST_ROUND_NS = 10_000_000;

    private final Segment segment;
    private final PartitionTable partitions;
    private final SlotTable slots;
    private final int slotId;
    private final long token;
    private final WaitTime time;
    private final NanoClock clock;
    private final Runnable usable;
    private final HolderWatch holders;
    private final HoldSampling holds;
    private final Runnable waitTelling = this::tellWait;
    private LockTimes observer;

    /**
     * Number of acquisitions that have neither failed nor been released. While it is 0, this worker holds no lock. It
     * is raised before the compare-and-set that takes a lock, because an Error may be thrown right after the
     * compare-and-set.
     */
    private int attempts;

    /** The wait that is reported to the observer when the lock has been freed, or -1. */
    private long untoldWaitNs = -1;

    /**
     * The locks, taken on behalf of a slot.
     *
     * @param limit limit of each wait, see {@link WaitTime}
     * @param usable called in each round of a wait; throws if the handle can no longer be used
     * @param holders checks a holder that has been seen for {@link #SUSPICION_NS} or longer, and the process that
     *     pauses the segment
     */
    public PartitionLock(
            final Segment segment,
            final int slotId,
            final long token,
            final WaitLimit limit,
            final NanoClock clock,
            final Runnable usable,
            final HolderWatch holders) {
        this.segment = segment;
        this.partitions = segment.partitions();
        this.slots = segment.slots();
        this.slotId = slotId;
        this.token = token;
        this.time = new WaitTime(limit, LONGEST_ROUND_NS);
        this.clock = clock;
        this.usable = usable;
        this.holders = holders;
        this.holds = new HoldSampling(segment, slotId, token, clock);
    }

    /**
     * Takes the lock of a partition, and waits while others hold it. After an exception, the caller does not hold the
     * lock. After an Error, it may hold it: see {@link #mayHold}.
     *
     * @throws LockTimeoutException if the lock was not free within the time limit, and the limit is
     *     {@linkplain WaitLimit#isFinal final} or the holder can never free the lock
     * @throws DamagedPartitionException if the partition was left half changed and could not be repaired; the lock is
     *     free again
     */
    public void acquire(final int partition) {
        acquireAlsoDamaged(partition);
        refuseDamaged(partition);
    }

    /**
     * Takes the lock of a partition if it is free and not reserved. Does not wait.
     *
     * @return true if this worker now holds the lock
     * @throws DamagedPartitionException as {@link #acquire} does
     */
    public boolean acquireIfFree(final int partition) {
        attempts++;
        if (!tryAcquire(partition)) {
            attempts--;
            return false;
        }
        acquired(partition);
        refuseDamaged(partition);
        return true;
    }

    /**
     * Takes the lock as {@link #acquire} does, even if the partition is damaged: for callers that overwrite the whole
     * partition.
     *
     * @throws LockTimeoutException as {@link #acquire} does
     */
    public void acquireAlsoDamaged(final int partition) {
        attempts++;
        if (!tryAcquire(partition)) {
            await(partition);
        }
        acquired(partition);
    }

    /** True if this worker may still hold a lock, or be published as a waiter, because an Error ended a call early. */
    public boolean mayHold() {
        return attempts != 0;
    }

    /**
     * Frees every lock that this worker holds, and ends its reservations. The caller must have undone the worker's
     * change. If this throws, it may be called again.
     */
    public void releaseAll() {
        slots.waitsForNothingRelease(slotId);
        final int count = segment.layout().partitions().size();
        for (int partition = 0; partition < count; partition++) {
            if (partitions.reservedWaiterAcquire(partition) == token) {
                endReservation(partition, token);
            }
            if (partitions.lockAcquire(partition) == token) {
                Step.L21.reached();
                partitions.compareAndSetLock(partition, token, 0);
            }
        }
        holds.forget();
        untoldWaitNs = -1;
        attempts = 0;
    }

    private boolean tryAcquire(final int partition) {
        Step.L1.reached();
        if (partitions.reservedWaiterAcquire(partition) != 0) {
            return false;
        }
        Step.L2.reached();
        return partitions.compareAndSetLock(partition, 0, token);
    }

    /** L2 and L19 are two steps. A worker that dies between them holds the lock, and its acquisition is not counted. */
    private void acquired(final int partition) {
        Step.L19.reached();
        partitions.countAcquisition(partition);
        if (Counting.ON) {
            holds.taken(partition);
        }
    }

    private void refuseDamaged(final int partition) {
        Step.L20.reached();
        if ((partitions.versionPlain(partition) & 1) != 0) {
            release(partition);
            throw DamagedPartition.exception(segment, partition);
        }
    }

    /**
     * Frees the lock of a partition. This worker must hold it.
     *
     * @throws LockLostException if the lock no longer holds this worker's token. Another worker may have stored into
     *     the same partition meanwhile
     */
    public void release(final int partition) {
        final long heldNs = Counting.ON ? holds.freeing(partition) : -1;
        Step.L21.reached();
        if (!partitions.compareAndSetLock(partition, token, 0)) {
            throw new LockLostException("the lock was broken while it was held: segment=" + segment.name()
                    + ", partition=" + partition + ", holder now="
                    + describeHolder(partitions.lockAcquire(partition)));
        }
        attempts--;
        if (observer != null) {
            tell(heldNs);
        }
    }

    /** Sets the observer of waits and holds. Null removes it. */
    public void observe(final LockTimes times) {
        observer = times;
        untoldWaitNs = -1;
    }

    private void tell(final long heldNs) {
        tellWait();
        if (heldNs >= 0) {
            observer.held(heldNs);
        }
    }

    private void tellWait() {
        if (untoldWaitNs >= 0) {
            final long waitNs = untoldWaitNs;
            untoldWaitNs = -1;
            observer.waited(waitNs);
        }
    }

    /** Runs a callback while this worker holds the lock. If the callback throws, the lock is freed. */
    private void tellHolding(final int partition, final Runnable telling) {
        boolean told = false;
        try {
            telling.run();
            told = true;
        } finally {
            if (!told) {
                partitions.compareAndSetLock(partition, token, 0);
            }
        }
    }

    private void await(final int partition) {
        final long began = clock.nanoTime();
        Step.L3.reached();
        slots.waitsForRelease(slotId, partition, began);
        time.begin();
        try {
            awaitTurn(partition, began);
        } finally {
            Step.L16.reached();
            slots.waitsForNothingRelease(slotId);
            Step.L17.reached();
            if (partitions.reservedWaiterAcquire(partition) == token) {
                endReservation(partition, token);
            }
        }
        final long waited = clock.nanoTime() - began;
        Step.L18.reached();
        partitions.countWait(partition, waited);
        if (Counting.ON) {
            segment.lockTimes().countWait(partition, waited);
            segment.slotAccesses().countLockWait(slotId, waited);
        }
        if (time.stoppedNs() > 0) {
            tellHolding(partition, holders::ended);
        }
        if (observer != null) {
            tellHolding(partition, waitTelling);
            untoldWaitNs = waited;
        }
    }

    private void awaitTurn(final int partition, final long began) {
        long now = began;
        long holder = 0;
        long acquisitions = 0;
        long holderSince = began;
        long suspectedSince = began;
        boolean isStopped = false;
        long reserved = 0;
        long reservedSince = began;
        for (int round = 0; ; round++) {
            Step.L4.reached();
            final long reservedNow = partitions.reservedWaiterAcquire(partition);
            if ((reservedNow == 0 || reservedNow == token) && partitions.compareAndSetLock(partition, 0, token)) {
                return;
            }
            Step.L5.reached();
            if (round < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            Step.L6.reached();
            usable.run();
            // The holder stores its token at L2, and raises the number of acquisitions at L19. Between the two, the
            // number read here is that of the last hold. It decides only when to check the holder.
            Step.L7.reached();
            final long before = now;
            now = clock.nanoTime();
            final long holderNow = partitions.lockAcquire(partition);
            final boolean isDue = holder != 0 && now - suspectedSince > SUSPICION_NS;
            if (holderNow != holder || isDue && partitions.acquisitions(partition) != acquisitions) {
                holder = holderNow;
                acquisitions = partitions.acquisitions(partition);
                holderSince = now;
                suspectedSince = now;
                isStopped = false;
            } else if (isDue) {
                isStopped = holders.isStopped(holder) | isPauseStopped();
                suspectedSince = clock.nanoTime();
            }
            Step.L8.reached();
            if (time.isOver()) {
                late(partition, holder, now - holderSince);
            }
            Step.L9.reached();
            time.add(now - before, isStopped, segment.runControl().pauseAcquire() != 0);
            final long waited = time.countedNs() + time.stoppedNs();
            Step.L10.reached();
            if (reservedNow != reserved) {
                reserved = reservedNow;
                reservedSince = now;
            }
            Step.L11.reached();
            final int earlier = reservedNow == token ? 0 : earlierWaiters(partition, began);
            if (reservedNow == 0) {
                if (mayReserve(earlier, waited, unreservedNs(partition, now))) {
                    Step.L12.reached();
                    if (partitions.compareAndSetReservedWaiter(partition, 0, token)) {
                        continue; // from now on the others do not try to take the lock
                    }
                }
            } else if (reservedNow != token && now - reservedSince > RESERVATION_NS) {
                Step.L13.reached();
                endReservation(partition, reservedNow);
            }
            Step.L14.reached();
            if (reservedNow == token ? now - reservedSince < RESERVATION_NS : earlier == 0 && waited < PATIENCE_NS) {
                Thread.yield();
            } else {
                Parking.parkNanos(parkNs(earlier, waited, unreservedNs(partition, now)));
            }
        }
    }

    /** Time since the last reservation ended. */
    private long unreservedNs(final int partition, final long now) {
        final long age = now - partitions.reservationEndAcquire(partition);
        return age < 0 ? Long.MAX_VALUE : age; // negative: stored by the clock of another time namespace
    }

    /** The earliest waiter may reserve after its patience, the others when the earliest seems to be stopped or dead. */
    private static boolean mayReserve(final int earlier, final long waited, final long unreserved) {
        return earlier == 0
                ? waited > PATIENCE_NS && unreserved > PATIENCE_NS
                : waited > LOST_PATIENCE_NS && unreserved > RESERVATION_NS;
    }

    /** About the time until this waiter's turn: one patience for each earlier waiter, and less for a new waiter. */
    private static long parkNs(final int earlier, final long waited, final long unreserved) {
        return earlier == 0
                ? Math.max(FIRST_PARK_NS, PATIENCE_NS - unreserved)
                : Math.max(Math.max(PARK_NS, (earlier - 1) * PATIENCE_NS / 2), Math.min(waited, earlier * PATIENCE_NS));
    }

    /**
     * The end is stored (release) before the reservation is cleared. So a waiter that reads no reservation (acquire,
     * L4) then reads an end that is at least as new, and does not reserve at once.
     */
    private void endReservation(final int partition, final long reserved) {
        partitions.reservationEndRelease(partition, clock.nanoTime());
        partitions.compareAndSetReservedWaiter(partition, reserved, 0);
    }

    private boolean isPauseStopped() {
        final long pause = segment.runControl().pauseAcquire();
        return pause != 0 && holders.isStopped(pause);
    }

    /**
     * Ends a wait that has exceeded its limit, or reports that it continues. It can't continue if the lock will never
     * be free: the holder is this worker, or the token belongs to no slot.
     */
    private void late(final int partition, final long holder, final long sameHolderNs) {
        final String message = timeoutMessage(partition, holder, sameHolderNs);
        if (time.isFinal() || holder == token || holder != 0 && !isSlot(LockToken.slotId(holder))) {
            Step.L15.reached();
            throw new LockTimeoutException(message);
        }
        holders.isLate(message);
        time.extend();
    }

    /** Number of earlier waiters. If two began at the same time, the one with the lower slot is earlier. */
    private int earlierWaiters(final int partition, final long sinceNs) {
        final int claimed = segment.claimedSlots();
        int earlier = 0;
        for (int other = 0; other < claimed; other++) {
            if (other != slotId
                    && slots.stateAcquire(other) == SlotTable.ACTIVE
                    && slots.waitsForAcquire(other) == partition) {
                final long age = slots.waitsSinceAcquire(other) - sinceNs;
                if (age < 0 || age == 0 && other < slotId) {
                    earlier++;
                }
            }
        }
        return earlier;
    }

    private String timeoutMessage(final int partition, final long holder, final long sameHolderNs) {
        return "the lock of a partition was not free in time: segment=" + segment.name() + ", partition=" + partition
                + ", arrays=" + PartitionNames.of(segment.layout(), partition) + ", waited="
                + time.countedNs() / 1_000_000
                + " ms"
                + (time.stoppedNs() == 0
                        ? ""
                        : " and, while another worker was stopped, " + time.stoppedNs() / 1_000_000 + " ms")
                + ", holder=" + describeHolder(holder) + ", holder unchanged for " + sameHolderNs / 1_000_000
                + " ms; the partition was not changed. If the holder is stopped, continue it (kill -CONT) or end it."
                + " For a longer wait, set -Dshmarrays.lock.timeout=…";
    }

    private String describeHolder(final long holder) {
        if (holder == 0) {
            return "none (other waiters were faster)";
        }
        final int other = LockToken.slotId(holder);
        if (!isSlot(other)) {
            return "no slot: the lock word is corrupt, token=" + Long.toHexString(holder);
        }
        return "slot " + other + " (pid " + slots.pid(other) + ")";
    }

    private boolean isSlot(final int other) {
        return other >= 0 && other < segment.layout().slotCount();
    }
}
