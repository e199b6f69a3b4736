package org.shmarrays.segment;

import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.layout.ControlLayout;
import org.shmarrays.layout.LockTimesDescriptor;
import org.shmarrays.layout.LockToken;
import org.shmarrays.layout.PartitionDescriptor;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SlotAccessDescriptor;
import org.shmarrays.layout.SlotDescriptor;

/**
 * One worker's way to the locks of the partitions. A lock is a word in shared memory: 0, or the holder's token; it is
 * got and freed by compare-and-set. For one thread.
 *
 * <p>Who comes may overtake those who wait, which is fast, until the eldest waiter has waited for {@link #PATIENCE_NS}:
 * then it enters itself as the heir, and only the heir may take the lock. The lock itself is never handed over, because
 * a stopped waiter would own it; and a reservation lapses after {@link #RESERVATION_NS}, so that a stopped or dead heir
 * blocks nobody. Steps and memory order: {@code docs/format/locking.md}.
 *
 * <p>What a holder stored before it freed a lock, plainly or not, the next holder of that lock sees. The lock is not
 * reentrant: who takes what it holds waits for itself until the timeout. Who holds several has taken them in ascending
 * order.
 */
public final class PartitionLock {
    /**
     * So long the eldest waiter lets others overtake it, counted from when it came, or from the end of the last
     * reservation.
     */
    static final long PATIENCE_NS = 600_000;

    /** So long a reservation holds when its owner does not come. */
    static final long RESERVATION_NS = 5_000_000;

    /**
     * So long a waiter sees the same holder before it looks whether that one lives; and so long again before the next
     * look.
     */
    static final long SUSPICION_NS = 10_000_000;

    /** So long a waiter lets an elder one go first, which may have been stopped or killed. */
    private static final long LOST_PATIENCE_NS = 4 * RESERVATION_NS;

    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;
    private static final long ELDEST_PARK_NS = 20_000;
    private static final long PARK_NS = 100_000;

    /** A round of waiting that took longer than this counts as this long: the waiter itself did not run. */
    private static final long LONGEST_ROUND_NS = 10_000_000;

    private final Segment segment;
    private final AtomicBuffer control;
    private final ControlLayout layout;
    private final int slot;
    private final long token;
    private final WaitTime time;
    private final NanoClock clock;
    private final Runnable usable;
    private final HolderWatch holders;
    private final HoldSampling holds;
    private final Runnable waitTelling = this::tellWait;
    private LockTimes observer;

    /**
     * Attempts to take a lock that have neither failed nor ended in its release: while it is 0 no lock is held. Raised
     * before the compare-and-set that takes the lock, because an Error may come right behind it.
     */
    private int attempts;

    /** The wait of which the observer learns when the lock is free again, or -1. */
    private long untoldWaitNs = -1;

    /**
     * Locks on behalf of a slot.
     *
     * @param limit of a wait, see {@link WaitTime}
     * @param usable called while waiting; throws when waiting makes no sense any more
     * @param holders is asked about a holder that has been seen for {@link #SUSPICION_NS} or longer, and about the
     *     process that pauses the segment
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
        this.control = segment.control();
        this.layout = segment.controlLayout();
        this.slot = layout.slot(slotId);
        this.token = token;
        this.time = new WaitTime(limit, LONGEST_ROUND_NS);
        this.clock = clock;
        this.usable = usable;
        this.holders = holders;
        this.holds = new HoldSampling(control, layout, slot, token, clock);
    }

    /**
     * Takes the lock of a partition; waits while others hold it. If an exception is thrown, the caller does not hold
     * it; behind an Error it may, see {@link #mayHold}.
     *
     * @throws LockTimeoutException if an attempt after the timeout failed, and the limit is
     *     {@linkplain WaitLimit#isFinal final} or nothing could free the lock
     * @throws DamagedPartitionException if the partition was left half changed, and could not be repaired; the lock is
     *     free
     */
    public void acquire(final int partition) {
        acquireAlsoDamaged(partition);
        refuseDamaged(partition);
    }

    /**
     * Takes the lock of a partition if it is free and no waiter has waited for so long that it is the next one; waits
     * for nothing.
     *
     * @throws DamagedPartitionException as {@link #acquire} does
     */
    public boolean acquireIfFree(final int partition) {
        final int block = layout.partition(partition);
        attempts++;
        if (!tryAcquire(block)) {
            attempts--;
            return false;
        }
        acquired(partition, block);
        refuseDamaged(partition);
        return true;
    }

    /**
     * {@link #acquire} without a look at what is locked: for those who overwrite the whole partition.
     *
     * @throws LockTimeoutException as {@link #acquire} does
     */
    public void acquireAlsoDamaged(final int partition) {
        final int block = layout.partition(partition);
        attempts++;
        if (!tryAcquire(block)) {
            await(partition, block);
        }
        acquired(partition, block);
    }

    /** Whether a lock may be held, or waited for still, because an Error has cut a call off. */
    public boolean mayHold() {
        return attempts != 0;
    }

    /**
     * Frees every lock that this worker holds and ends its reservations, as the memory tells which these are; the
     * worker's change was taken back before. May be called again where it has thrown.
     */
    public void releaseAll() {
        SlotDescriptor.waitsForNothingRelease(control, slot);
        final int count = segment.layout().partitions().size();
        for (int partition = 0; partition < count; partition++) {
            final int block = layout.partition(partition);
            if (PartitionDescriptor.heirAcquire(control, block) == token) {
                endReservation(block, token);
            }
            if (PartitionDescriptor.lockAcquire(control, block) == token) {
                Step.L21.reached();
                PartitionDescriptor.compareAndSetLock(control, block, token, 0);
            }
        }
        holds.forget();
        untoldWaitNs = -1;
        attempts = 0;
    }

    private boolean tryAcquire(final int block) {
        Step.L1.reached();
        if (PartitionDescriptor.heirAcquire(control, block) != 0) {
            return false;
        }
        Step.L2.reached();
        return PartitionDescriptor.compareAndSetLock(control, block, 0, token);
    }

    /** Not one step with L2: who dies between is counted nowhere, and holds the lock. */
    private void acquired(final int partition, final int block) {
        Step.L19.reached();
        PartitionDescriptor.countAcquisition(control, block);
        if (Counting.ON) {
            holds.taken(partition);
        }
    }

    private void refuseDamaged(final int partition) {
        Step.L20.reached();
        if ((PartitionDescriptor.versionPlain(control, layout.partition(partition)) & 1) != 0) {
            release(partition);
            throw DamagedPartitionException.of(segment, partition);
        }
    }

    /**
     * Frees the lock, which this worker must hold.
     *
     * @throws LockLostException if it was no longer this worker's; what was stored since it was lost may have met
     *     others' stores
     */
    public void release(final int partition) {
        final int block = layout.partition(partition);
        final long heldNs = Counting.ON ? holds.freeing(partition) : -1;
        Step.L21.reached();
        if (!PartitionDescriptor.compareAndSetLock(control, block, token, 0)) {
            throw new LockLostException("the lock was broken while it was held: segment=" + segment.name()
                    + ", partition=" + partition + ", holder now="
                    + describeHolder(PartitionDescriptor.lockAcquire(control, block)));
        }
        attempts--;
        if (observer != null) {
            tell(heldNs);
        }
    }

    /** Tells an observer from now on; null for nobody. */
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

    /** Tells others about a lock that was just taken; if they throw, it is free again. */
    private void tellHolding(final int block, final Runnable telling) {
        boolean told = false;
        try {
            telling.run();
            told = true;
        } finally {
            if (!told) {
                PartitionDescriptor.compareAndSetLock(control, block, token, 0);
            }
        }
    }

    private void await(final int partition, final int block) {
        final long began = clock.nanoTime();
        Step.L3.reached();
        SlotDescriptor.waitsForRelease(control, slot, partition, began);
        time.begin();
        try {
            awaitTurn(partition, block, began);
        } finally {
            Step.L16.reached();
            SlotDescriptor.waitsForNothingRelease(control, slot);
            Step.L17.reached();
            if (PartitionDescriptor.heirAcquire(control, block) == token) {
                endReservation(block, token);
            }
        }
        final long waited = clock.nanoTime() - began;
        Step.L18.reached();
        PartitionDescriptor.countWait(control, block, waited);
        if (Counting.ON) {
            LockTimesDescriptor.countWait(control, layout.lockTimes(partition), waited);
            SlotAccessDescriptor.countLockWait(control, SlotDescriptor.accesses(slot), waited);
        }
        if (time.stoppedNs() > 0) {
            tellHolding(block, holders::ended);
        }
        if (observer != null) {
            tellHolding(block, waitTelling);
            untoldWaitNs = waited;
        }
    }

    private void awaitTurn(final int partition, final int block, final long began) {
        long now = began;
        long holder = 0;
        long tenure = 0;
        long holderSince = began;
        long suspectedSince = began;
        boolean isStopped = false;
        long heir = 0;
        long heirSince = began;
        for (int round = 0; ; round++) {
            Step.L4.reached();
            final long heirNow = PartitionDescriptor.heirAcquire(control, block);
            if ((heirNow == 0 || heirNow == token) && PartitionDescriptor.compareAndSetLock(control, block, 0, token)) {
                return;
            }
            Step.L5.reached();
            if (round < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            Step.L6.reached();
            usable.run();
            // The number of acquisitions is raised after L2, so it may belong to another tenure than the token: it
            // tells when to look at the holder, and nothing else.
            Step.L7.reached();
            final long before = now;
            now = clock.nanoTime();
            final long holderNow = PartitionDescriptor.lockAcquire(control, block);
            final boolean isDue = holder != 0 && now - suspectedSince > SUSPICION_NS;
            if (holderNow != holder || isDue && PartitionDescriptor.acquisitions(control, block) != tenure) {
                holder = holderNow;
                tenure = PartitionDescriptor.acquisitions(control, block);
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
            time.add(
                    now - before,
                    isStopped,
                    RunControlDescriptor.pauseAcquire(control, layout.runControlOffset()) != 0);
            final long waited = time.countedNs() + time.stoppedNs();
            Step.L10.reached();
            if (heirNow != heir) {
                heir = heirNow;
                heirSince = now;
            }
            Step.L11.reached();
            final int elders = heirNow == token ? 0 : elders(partition, began);
            if (heirNow == 0) {
                if (mayReserve(elders, waited, unreservedNs(block, now))) {
                    Step.L12.reached();
                    if (PartitionDescriptor.compareAndSetHeir(control, block, 0, token)) {
                        continue; // nobody else takes the lock now
                    }
                }
            } else if (heirNow != token && now - heirSince > RESERVATION_NS) {
                Step.L13.reached();
                endReservation(block, heirNow);
            }
            Step.L14.reached();
            if (heirNow == token ? now - heirSince < RESERVATION_NS : elders == 0 && waited < PATIENCE_NS) {
                Thread.yield();
            } else {
                Parking.parkNanos(parkNs(elders, waited, unreservedNs(block, now)));
            }
        }
    }

    /** Time since somebody was heir. */
    private long unreservedNs(final int block, final long now) {
        final long age = now - PartitionDescriptor.reservationEndAcquire(control, block);
        return age < 0 ? Long.MAX_VALUE : age; // the clock of another time namespace
    }

    /**
     * The eldest after its patience, counted again behind each reservation; others if it seems to be stopped or dead.
     */
    private static boolean mayReserve(final int elders, final long waited, final long unreserved) {
        return elders == 0
                ? waited > PATIENCE_NS && unreserved > PATIENCE_NS
                : waited > LOST_PATIENCE_NS && unreserved > RESERVATION_NS;
    }

    /** At most until it is about this waiter's turn: one elder a patience. Who has just come looks more often. */
    private static long parkNs(final int elders, final long waited, final long unreserved) {
        return elders == 0
                ? Math.max(ELDEST_PARK_NS, PATIENCE_NS - unreserved)
                : Math.max(Math.max(PARK_NS, (elders - 1) * PATIENCE_NS / 2), Math.min(waited, elders * PATIENCE_NS));
    }

    /** The end comes first: who finds no heir then finds when there was one, and does not reserve at once. */
    private void endReservation(final int block, final long heir) {
        PartitionDescriptor.reservationEndRelease(control, block, clock.nanoTime());
        PartitionDescriptor.compareAndSetHeir(control, block, heir, 0);
    }

    private boolean isPauseStopped() {
        final long pause = RunControlDescriptor.pauseAcquire(control, layout.runControlOffset());
        return pause != 0 && holders.isStopped(pause);
    }

    /**
     * Ends the wait, or says that it goes on; one for oneself, or for a slot that there is not, never ends by itself.
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

    /** How many others have waited longer for this partition; of two that began together, the lower slot is elder. */
    private int elders(final int partition, final long sinceNs) {
        final int claimed = segment.claimedSlots();
        int elders = 0;
        for (int slotId = 0; slotId < claimed; slotId++) {
            final int other = layout.slot(slotId);
            if (other != slot
                    && SlotDescriptor.stateAcquire(control, other) == SlotDescriptor.ACTIVE
                    && SlotDescriptor.waitsForAcquire(control, other) == partition) {
                final long age = SlotDescriptor.waitsSinceAcquire(control, other) - sinceNs;
                if (age < 0 || age == 0 && other < slot) {
                    elders++;
                }
            }
        }
        return elders;
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
        final int slotId = LockToken.slotId(holder);
        if (!isSlot(slotId)) {
            return "no slot: the lock word is corrupt, token=" + Long.toHexString(holder);
        }
        return "slot " + slotId + " (pid " + SlotDescriptor.pid(control, layout.slot(slotId)) + ")";
    }

    private boolean isSlot(final int slotId) {
        return slotId >= 0 && slotId < segment.layout().slotCount();
    }
}
