package org.shmarrays.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * A slot: the record of a worker. Its owner alone writes it, except who holds its lock file: a claimant writes the record
 * anew, a recoverer says that a dead owner has departed and waits for nothing. Counters go on from owner to owner.
 *
 * <pre>
 *     0  generation                           8  state: 0 free, 1 active, 2 departed
 *    16  process id                          24  start of the process, in the system's own count
 *    32  boot id, hashed                     40  pid namespace
 *    48  rank                                56  number of workers
 *    64  time of the claim, ms since 1970    72  id of the run, or 0
 *   128  partition waited for + 1, or 0     136  waiting since, System.nanoTime()
 *   256  clock: steps                       264  heartbeat, ms since 1970
 *   272  barriers reached                   280  inside a push: 1
 *   288  samples                            296  sum of the losses reported, a double
 *   304  losses reported                    312  ns computing gradients
 *   320  ns pulling                         328  ns pushing
 *   336  ns in steps, all told              344  has come to its first turn: 1
 *   352  unused, to 384 bytes
 *   384  updates                            392  reads
 *   400  reads tried again                  408  bytes read
 *   416  bytes updated                      424  ns waited for locks
 *   432  ns waited for turns                440  longest wait for a lock, ns
 *   448  sum of staleness                   456  greatest staleness
 *   464  ns held in the sampled tenures     472  longest of them, ns
 *   480  updates of the whole segment           488  reads of the whole segment
 *   496  unused, to 512 bytes
 *   512  histogram of staleness
 *   768  histogram of waits for locks
 *  1024  histogram of the sampled tenures, to 1280 bytes
 * </pre>
 *
 * The histograms are those of {@link HistogramDescriptor}.
 */
public final class SlotDescriptor {
    /** State of a slot that nobody has claimed since the creation, or that is being claimed. */
    public static final long FREE = 0;

    /** State of a slot whose owner has published its identity; the owner may be dead. */
    public static final long ACTIVE = 1;

    /** State of a slot whose owner has closed it. */
    public static final long DEPARTED = 2;

    private static final int GENERATION_OFFSET = 0;
    private static final int STATE_OFFSET = GENERATION_OFFSET + Long.BYTES;
    private static final int PID_OFFSET = STATE_OFFSET + Long.BYTES;
    private static final int PROCESS_START_OFFSET = PID_OFFSET + Long.BYTES;
    private static final int BOOT_ID_OFFSET = PROCESS_START_OFFSET + Long.BYTES;
    private static final int PID_NAMESPACE_OFFSET = BOOT_ID_OFFSET + Long.BYTES;
    private static final int RANK_OFFSET = PID_NAMESPACE_OFFSET + Long.BYTES;
    private static final int WORLD_SIZE_OFFSET = RANK_OFFSET + Long.BYTES;
    private static final int CLAIMED_MS_OFFSET = WORLD_SIZE_OFFSET + Long.BYTES;

    private static final int RUN_ID_OFFSET = CLAIMED_MS_OFFSET + Long.BYTES;

    private static final int WAITS_FOR_OFFSET = ControlDescriptor.LINE_PAIR;
    private static final int WAITS_SINCE_OFFSET = WAITS_FOR_OFFSET + Long.BYTES;

    private static final int CLOCK_OFFSET = 2 * ControlDescriptor.LINE_PAIR;
    private static final int HEARTBEAT_OFFSET = CLOCK_OFFSET + Long.BYTES;
    private static final int BARRIERS_OFFSET = HEARTBEAT_OFFSET + Long.BYTES;
    private static final int IN_PUSH_OFFSET = BARRIERS_OFFSET + Long.BYTES;
    private static final int SAMPLES_OFFSET = IN_PUSH_OFFSET + Long.BYTES;
    private static final int LOSS_SUM_OFFSET = SAMPLES_OFFSET + Long.BYTES;
    private static final int LOSS_COUNT_OFFSET = LOSS_SUM_OFFSET + Long.BYTES;
    private static final int GRADIENT_NS_OFFSET = LOSS_COUNT_OFFSET + Long.BYTES;
    private static final int PULL_NS_OFFSET = GRADIENT_NS_OFFSET + Long.BYTES;
    private static final int PUSH_NS_OFFSET = PULL_NS_OFFSET + Long.BYTES;
    private static final int STEP_NS_OFFSET = PUSH_NS_OFFSET + Long.BYTES;
    private static final int TAKES_TURNS_OFFSET = STEP_NS_OFFSET + Long.BYTES;

    private static final int UPDATES_OFFSET = 3 * ControlDescriptor.LINE_PAIR;
    private static final int READS_OFFSET = UPDATES_OFFSET + Long.BYTES;
    private static final int READ_RETRIES_OFFSET = READS_OFFSET + Long.BYTES;
    private static final int READ_BYTES_OFFSET = READ_RETRIES_OFFSET + Long.BYTES;
    private static final int UPDATE_BYTES_OFFSET = READ_BYTES_OFFSET + Long.BYTES;
    private static final int LOCK_WAIT_NS_OFFSET = UPDATE_BYTES_OFFSET + Long.BYTES;
    private static final int TURN_WAIT_NS_OFFSET = LOCK_WAIT_NS_OFFSET + Long.BYTES;
    private static final int MAX_LOCK_WAIT_NS_OFFSET = TURN_WAIT_NS_OFFSET + Long.BYTES;
    private static final int STALENESS_SUM_OFFSET = MAX_LOCK_WAIT_NS_OFFSET + Long.BYTES;
    private static final int MAX_STALENESS_OFFSET = STALENESS_SUM_OFFSET + Long.BYTES;
    private static final int HELD_NS_OFFSET = MAX_STALENESS_OFFSET + Long.BYTES;
    private static final int MAX_HELD_NS_OFFSET = HELD_NS_OFFSET + Long.BYTES;

    private static final int WHOLE_UPDATES_OFFSET = MAX_HELD_NS_OFFSET + Long.BYTES;
    private static final int WHOLE_READS_OFFSET = WHOLE_UPDATES_OFFSET + Long.BYTES;

    private static final int STALENESS_OFFSET = 4 * ControlDescriptor.LINE_PAIR;
    private static final int LOCK_WAITS_OFFSET = STALENESS_OFFSET + HistogramDescriptor.LENGTH;
    private static final int HOLDS_OFFSET = LOCK_WAITS_OFFSET + HistogramDescriptor.LENGTH;

    /** Length of a slot. */
    public static final int LENGTH = HOLDS_OFFSET + HistogramDescriptor.LENGTH;

    private SlotDescriptor() {}

    public static long generationAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + GENERATION_OFFSET);
    }

    public static void generationRelease(final AtomicBuffer buffer, final int slot, final long generation) {
        buffer.putLongRelease(slot + GENERATION_OFFSET, generation);
    }

    public static long stateAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + STATE_OFFSET);
    }

    public static void stateRelease(final AtomicBuffer buffer, final int slot, final long state) {
        buffer.putLongRelease(slot + STATE_OFFSET, state);
    }

    public static long pid(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + PID_OFFSET);
    }

    public static long processStart(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + PROCESS_START_OFFSET);
    }

    public static long bootId(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + BOOT_ID_OFFSET);
    }

    public static long pidNamespace(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + PID_NAMESPACE_OFFSET);
    }

    /** Plain: publish it with {@link #stateRelease}. */
    public static void process(
            final AtomicBuffer buffer,
            final int slot,
            final long pid,
            final long processStart,
            final long bootId,
            final long pidNamespace) {
        buffer.putLong(slot + PID_OFFSET, pid);
        buffer.putLong(slot + PROCESS_START_OFFSET, processStart);
        buffer.putLong(slot + BOOT_ID_OFFSET, bootId);
        buffer.putLong(slot + PID_NAMESPACE_OFFSET, pidNamespace);
    }

    public static int rank(final AtomicBuffer buffer, final int slot) {
        return (int) buffer.getLong(slot + RANK_OFFSET);
    }

    public static int worldSize(final AtomicBuffer buffer, final int slot) {
        return (int) buffer.getLong(slot + WORLD_SIZE_OFFSET);
    }

    public static long claimedMs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + CLAIMED_MS_OFFSET);
    }

    /** Which run of workers the owner belongs to; the launcher makes one up. */
    public static long runId(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + RUN_ID_OFFSET);
    }

    /** Plain: publish it with {@link #stateRelease}. */
    public static void role(
            final AtomicBuffer buffer,
            final int slot,
            final int rank,
            final int worldSize,
            final long runId,
            final long claimedMs) {
        buffer.putLong(slot + RUN_ID_OFFSET, runId);
        buffer.putLong(slot + RANK_OFFSET, rank);
        buffer.putLong(slot + WORLD_SIZE_OFFSET, worldSize);
        buffer.putLong(slot + CLAIMED_MS_OFFSET, claimedMs);
    }

    /** The partition whose lock the worker waits for, or -1. */
    public static int waitsForAcquire(final AtomicBuffer buffer, final int slot) {
        return (int) buffer.getLongAcquire(slot + WAITS_FOR_OFFSET) - 1;
    }

    /** The time when the wait began; only while {@link #waitsForAcquire} names a partition. */
    public static long waitsSinceAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + WAITS_SINCE_OFFSET);
    }

    public static void waitsForRelease(
            final AtomicBuffer buffer, final int slot, final int partition, final long sinceNs) {
        buffer.putLong(slot + WAITS_SINCE_OFFSET, sinceNs);
        buffer.putLongRelease(slot + WAITS_FOR_OFFSET, partition + 1L);
    }

    public static void waitsForNothingRelease(final AtomicBuffer buffer, final int slot) {
        buffer.putLongRelease(slot + WAITS_FOR_OFFSET, 0);
    }

    public static long clockAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + CLOCK_OFFSET);
    }

    public static void clockRelease(final AtomicBuffer buffer, final int slot, final long clock) {
        buffer.putLongRelease(slot + CLOCK_OFFSET, clock);
    }

    public static long heartbeatMs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + HEARTBEAT_OFFSET);
    }

    public static void heartbeatRelease(final AtomicBuffer buffer, final int slot, final long nowMs) {
        buffer.putLongRelease(slot + HEARTBEAT_OFFSET, nowMs);
    }

    public static long barriersAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + BARRIERS_OFFSET);
    }

    public static void barriersRelease(final AtomicBuffer buffer, final int slot, final long barriers) {
        buffer.putLongRelease(slot + BARRIERS_OFFSET, barriers);
    }

    /** True while the owner is in a push, or about to find out whether it may begin one. */
    public static boolean inPushAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + IN_PUSH_OFFSET) != 0;
    }

    public static void inPushRelease(final AtomicBuffer buffer, final int slot, final boolean inPush) {
        buffer.putLongRelease(slot + IN_PUSH_OFFSET, inPush ? 1 : 0);
    }

    /** True if the worker has come to its first turn of mode ORDERED. */
    public static boolean takesTurnsAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + TAKES_TURNS_OFFSET) != 0;
    }

    public static void takesTurnsRelease(final AtomicBuffer buffer, final int slot, final boolean takesTurns) {
        buffer.putLongRelease(slot + TAKES_TURNS_OFFSET, takesTurns ? 1 : 0);
    }

    public static long samples(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + SAMPLES_OFFSET);
    }

    public static double lossSum(final AtomicBuffer buffer, final int slot) {
        return Double.longBitsToDouble(buffer.getLongAcquire(slot + LOSS_SUM_OFFSET));
    }

    public static long lossCount(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + LOSS_COUNT_OFFSET);
    }

    /** Counts the samples of a step, and their mean loss. */
    public static void countSamples(final AtomicBuffer buffer, final int slot, final long samples, final double loss) {
        final double sum = Double.longBitsToDouble(buffer.getLong(slot + LOSS_SUM_OFFSET)) + loss;
        buffer.putLongRelease(slot + LOSS_SUM_OFFSET, Double.doubleToRawLongBits(sum));
        OwnedCounter.addRelease(buffer, slot + LOSS_COUNT_OFFSET, 1);
        OwnedCounter.addRelease(buffer, slot + SAMPLES_OFFSET, samples);
    }

    public static long gradientNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + GRADIENT_NS_OFFSET);
    }

    public static long pullNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + PULL_NS_OFFSET);
    }

    public static long pushNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + PUSH_NS_OFFSET);
    }

    public static long stepNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + STEP_NS_OFFSET);
    }

    /** Counts a step's time, and its parts. */
    public static void countTimes(
            final AtomicBuffer buffer,
            final int slot,
            final long pullNs,
            final long gradientNs,
            final long pushNs,
            final long stepNs) {
        OwnedCounter.addRelease(buffer, slot + STEP_NS_OFFSET, stepNs);
        OwnedCounter.addRelease(buffer, slot + PULL_NS_OFFSET, pullNs);
        OwnedCounter.addRelease(buffer, slot + GRADIENT_NS_OFFSET, gradientNs);
        OwnedCounter.addRelease(buffer, slot + PUSH_NS_OFFSET, pushNs);
    }

    public static long updates(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + UPDATES_OFFSET);
    }

    public static long updateBytes(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + UPDATE_BYTES_OFFSET);
    }

    /** Counts a push of so many bytes. */
    public static void countUpdate(final AtomicBuffer buffer, final int slot, final long bytes) {
        OwnedCounter.addRelease(buffer, slot + UPDATES_OFFSET, 1);
        OwnedCounter.addRelease(buffer, slot + UPDATE_BYTES_OFFSET, bytes);
    }

    public static long reads(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + READS_OFFSET);
    }

    public static long readRetries(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + READ_RETRIES_OFFSET);
    }

    public static long readBytes(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + READ_BYTES_OFFSET);
    }

    /** Counts a read of so many bytes. */
    public static void countRead(final AtomicBuffer buffer, final int slot, final long bytes) {
        OwnedCounter.addRelease(buffer, slot + READS_OFFSET, 1);
        OwnedCounter.addRelease(buffer, slot + READ_BYTES_OFFSET, bytes);
    }

    /** Pushes that covered every array, which are in no other count of pushes. */
    public static long wholeUpdates(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + WHOLE_UPDATES_OFFSET);
    }

    public static void countWholeUpdate(final AtomicBuffer buffer, final int slot) {
        OwnedCounter.addRelease(buffer, slot + WHOLE_UPDATES_OFFSET, 1);
    }

    /** Reads that covered every array, which are in no other count of reads. */
    public static long wholeReads(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + WHOLE_READS_OFFSET);
    }

    public static void countWholeRead(final AtomicBuffer buffer, final int slot) {
        OwnedCounter.addRelease(buffer, slot + WHOLE_READS_OFFSET, 1);
    }

    public static void countReadRetry(final AtomicBuffer buffer, final int slot) {
        OwnedCounter.addRelease(buffer, slot + READ_RETRIES_OFFSET, 1);
    }

    public static long lockWaitNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + LOCK_WAIT_NS_OFFSET);
    }

    public static long maxLockWaitNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + MAX_LOCK_WAIT_NS_OFFSET);
    }

    /** Offset of the histogram of waits for locks. */
    public static int lockWaits(final int slot) {
        return slot + LOCK_WAITS_OFFSET;
    }

    public static void countLockWait(final AtomicBuffer buffer, final int slot, final long waitNs) {
        OwnedCounter.addRelease(buffer, slot + LOCK_WAIT_NS_OFFSET, waitNs);
        raise(buffer, slot + MAX_LOCK_WAIT_NS_OFFSET, waitNs);
        HistogramDescriptor.count(buffer, lockWaits(slot), waitNs, HistogramDescriptor.TIME_SHIFT);
    }

    /** Time held in the sampled tenures. */
    public static long heldNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + HELD_NS_OFFSET);
    }

    public static long maxHeldNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + MAX_HELD_NS_OFFSET);
    }

    /** Offset of the histogram of the sampled tenures. */
    public static int holds(final int slot) {
        return slot + HOLDS_OFFSET;
    }

    /** Counts a tenure that was sampled. */
    public static void countHold(final AtomicBuffer buffer, final int slot, final long heldNs) {
        OwnedCounter.addRelease(buffer, slot + HELD_NS_OFFSET, heldNs);
        raise(buffer, slot + MAX_HELD_NS_OFFSET, heldNs);
        HistogramDescriptor.count(buffer, holds(slot), heldNs, HistogramDescriptor.TIME_SHIFT);
    }

    public static long stalenessSum(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + STALENESS_SUM_OFFSET);
    }

    public static long maxStaleness(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + MAX_STALENESS_OFFSET);
    }

    /** Offset of the histogram of staleness. */
    public static int staleness(final int slot) {
        return slot + STALENESS_OFFSET;
    }

    /** Counts a push that so many updates of others had overtaken. */
    public static void countStaleness(final AtomicBuffer buffer, final int slot, final long staleness) {
        OwnedCounter.addRelease(buffer, slot + STALENESS_SUM_OFFSET, staleness);
        raise(buffer, slot + MAX_STALENESS_OFFSET, staleness);
        HistogramDescriptor.count(buffer, staleness(slot), staleness, HistogramDescriptor.COUNT_SHIFT);
    }

    private static void raise(final AtomicBuffer buffer, final int offset, final long value) {
        if (value > buffer.getLong(offset)) {
            buffer.putLongRelease(offset, value);
        }
    }

    public static long turnWaitNs(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + TURN_WAIT_NS_OFFSET);
    }

    public static void countTurnWait(final AtomicBuffer buffer, final int slot, final long waitNs) {
        OwnedCounter.addRelease(buffer, slot + TURN_WAIT_NS_OFFSET, waitNs);
    }
}
