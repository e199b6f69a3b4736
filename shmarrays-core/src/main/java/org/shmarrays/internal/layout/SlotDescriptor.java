package org.shmarrays.internal.layout;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.AtomicBuffer;

// Over 300 lines: one record, each of whose fields has an offset and accessors.
/**
 * A slot: the record of a worker. Its owner alone writes it, except the process that holds its lock file: a claimant
 * writes a new record, a recoverer says that a dead owner has departed and waits for nothing. Counters go on from owner
 * to owner.
 *
 * <pre>
 *     0  generation                           8  state: 0 free, 1 active, 2 departed, 3 abandoned
 *    16  process id                          24  start of the process, in the system's own count
 *    32  boot id, hashed                     40  pid namespace
 *    48  rank                                56  number of workers
 *    64  time of the claim, ms since 1970    72  id of the run, or 0
 *    80  workers that the run began with     88  of the kept record: id of the run
 *    96  kept: rank + 1, or 0 for none      104  kept: workers that the run began with
 *   112  kept: clock                        120  kept: barriers reached
 *   128  partition waited for + 1, or 0     136  waiting since, System.nanoTime()
 *   144  wait for other workers:            152  what it waits for: a turn,
 *        number of waits &lt;&lt; 8 | kind        a barrier or a clock
 *   256  clock: steps                       264  heartbeat, ms since 1970
 *   272  barriers reached                   280  inside a push: 1
 *   288  samples                            296  sum of the finite losses, a double
 *   304  losses reported                    312  ns computing gradients
 *   320  ns pulling                         328  ns pushing
 *   336  ns in steps, all told              344  has come to its first turn: 1
 *   352  losses reported that were not finite  360  learning rate, a double, or NaN
 *   368  unused, to 384 bytes
 *   384  accesses to the arrays, to 1280 bytes
 * </pre>
 *
 * The accesses are a record of {@link SlotAccessDescriptor}. The kept record is that of the last worker, while the
 * owner is none: it still tells the barriers, the turns and the restart of that worker's rank.
 */
public final class SlotDescriptor {
    /** State of a slot that no worker has claimed since the creation, or that is being claimed. */
    public static final long FREE = 0;

    /** State of a slot whose owner has published its identity; the owner may be dead. */
    public static final long ACTIVE = 1;

    /** State of a slot whose owner has closed it. */
    public static final long DEPARTED = 2;

    /**
     * State of a slot whose owner could not give back what it holds: it stores nothing more, and others recover its
     * locks.
     */
    public static final long ABANDONED = 3;

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

    private static final int FIRST_WORLD_SIZE_OFFSET = RUN_ID_OFFSET + Long.BYTES;
    private static final int KEPT_RUN_ID_OFFSET = FIRST_WORLD_SIZE_OFFSET + Long.BYTES;
    private static final int KEPT_RANK_OFFSET = KEPT_RUN_ID_OFFSET + Long.BYTES;
    private static final int KEPT_FIRST_WORLD_SIZE_OFFSET = KEPT_RANK_OFFSET + Long.BYTES;
    private static final int KEPT_CLOCK_OFFSET = KEPT_FIRST_WORLD_SIZE_OFFSET + Long.BYTES;
    private static final int KEPT_BARRIERS_OFFSET = KEPT_CLOCK_OFFSET + Long.BYTES;

    private static final int WAITS_FOR_OFFSET = ControlDescriptor.LINE_PAIR;
    private static final int WAITS_SINCE_OFFSET = WAITS_FOR_OFFSET + Long.BYTES;
    private static final int WAIT_OFFSET = WAITS_SINCE_OFFSET + Long.BYTES;
    private static final int AWAITED_OFFSET = WAIT_OFFSET + Long.BYTES;
    private static final int WAIT_KIND_BITS = 8;
    private static final long WAIT_KIND_MASK = (1 << WAIT_KIND_BITS) - 1;

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
    private static final int NON_FINITE_LOSSES_OFFSET = TAKES_TURNS_OFFSET + Long.BYTES;
    private static final int LEARNING_RATE_OFFSET = NON_FINITE_LOSSES_OFFSET + Long.BYTES;

    private static final int ACCESSES_OFFSET = 3 * ControlDescriptor.LINE_PAIR;

    /** Length of a slot. */
    public static final int LENGTH = ACCESSES_OFFSET + SlotAccessDescriptor.LENGTH;

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

    /** Which run of workers the owner belongs to, 0 for none: see {@link RunControlDescriptor#drawnRunAcquire}. */
    public static long runId(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + RUN_ID_OFFSET);
    }

    /**
     * The number of workers that the owner's run began with: that of its ranks that are waited for before they have
     * come.
     */
    public static int firstWorldSize(final AtomicBuffer buffer, final int slot) {
        return (int) buffer.getLong(slot + FIRST_WORLD_SIZE_OFFSET);
    }

    /** Plain: publish it with {@link #stateRelease}. */
    public static void role(
            final AtomicBuffer buffer,
            final int slot,
            final int rank,
            final int worldSize,
            final long runId,
            final int firstWorldSize,
            final long claimedMs) {
        buffer.putLong(slot + RUN_ID_OFFSET, runId);
        buffer.putLong(slot + FIRST_WORLD_SIZE_OFFSET, firstWorldSize);
        buffer.putLong(slot + RANK_OFFSET, rank);
        buffer.putLong(slot + WORLD_SIZE_OFFSET, worldSize);
        buffer.putLong(slot + CLAIMED_MS_OFFSET, claimedMs);
    }

    /** Keeps the record of the owner, which is a worker, for as long as the next owners are none. */
    public static void keepRelease(final AtomicBuffer buffer, final int slot) {
        keptRelease(buffer, slot, -1); // never one record with the rank of another one
        VarHandle.storeStoreFence();
        buffer.putLong(slot + KEPT_RUN_ID_OFFSET, runId(buffer, slot));
        buffer.putLong(slot + KEPT_FIRST_WORLD_SIZE_OFFSET, firstWorldSize(buffer, slot));
        buffer.putLong(slot + KEPT_CLOCK_OFFSET, clockAcquire(buffer, slot));
        buffer.putLong(slot + KEPT_BARRIERS_OFFSET, barriersAcquire(buffer, slot));
        keptRelease(buffer, slot, rank(buffer, slot));
    }

    /** Forgets the kept record. */
    public static void keepNothingRelease(final AtomicBuffer buffer, final int slot) {
        keptRelease(buffer, slot, -1);
    }

    private static void keptRelease(final AtomicBuffer buffer, final int slot, final int rank) {
        buffer.putLongRelease(slot + KEPT_RANK_OFFSET, rank + 1L);
    }

    /** Rank of the kept record, or -1 for none. */
    public static int keptRankAcquire(final AtomicBuffer buffer, final int slot) {
        return (int) buffer.getLongAcquire(slot + KEPT_RANK_OFFSET) - 1;
    }

    /** Of the kept record: only while {@link #keptRankAcquire} says the same before and after. */
    public static long keptRunId(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + KEPT_RUN_ID_OFFSET);
    }

    public static int keptFirstWorldSize(final AtomicBuffer buffer, final int slot) {
        return (int) buffer.getLong(slot + KEPT_FIRST_WORLD_SIZE_OFFSET);
    }

    public static long keptClock(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + KEPT_CLOCK_OFFSET);
    }

    public static long keptBarriers(final AtomicBuffer buffer, final int slot) {
        return buffer.getLong(slot + KEPT_BARRIERS_OFFSET);
    }

    /**
     * The wait for other workers that is under way: its {@link #waitKind} and how many there were; no two are the same.
     */
    public static long waitAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + WAIT_OFFSET);
    }

    /** What a value of {@link #waitAcquire} waits for; 0 for nothing. */
    public static int waitKind(final long wait) {
        return (int) (wait & WAIT_KIND_MASK);
    }

    /**
     * The turn, barrier or clock that is waited for; only while {@link #waitAcquire} says the same before and after.
     */
    public static long awaitedAcquire(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + AWAITED_OFFSET);
    }

    /** Says that a wait for other workers begins. */
    public static void waitRelease(final AtomicBuffer buffer, final int slot, final int kind, final long awaited) {
        final long before = buffer.getLong(slot + WAIT_OFFSET);
        buffer.putLongRelease(slot + AWAITED_OFFSET, awaited);
        buffer.putLongRelease(slot + WAIT_OFFSET, (before >>> WAIT_KIND_BITS) + 1 << WAIT_KIND_BITS | kind);
    }

    /** Says that the wait for other workers has ended. */
    public static void waitEndRelease(final AtomicBuffer buffer, final int slot) {
        buffer.putLongRelease(slot + WAIT_OFFSET, buffer.getLong(slot + WAIT_OFFSET) & ~WAIT_KIND_MASK);
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

    /** Of the finite losses. */
    public static double lossSum(final AtomicBuffer buffer, final int slot) {
        return Double.longBitsToDouble(buffer.getLongAcquire(slot + LOSS_SUM_OFFSET));
    }

    /** Of all losses, finite or not. */
    public static long lossCount(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + LOSS_COUNT_OFFSET);
    }

    public static long nonFiniteLosses(final AtomicBuffer buffer, final int slot) {
        return buffer.getLongAcquire(slot + NON_FINITE_LOSSES_OFFSET);
    }

    /** Counts the samples of a step, and their mean loss. */
    public static void countSamples(final AtomicBuffer buffer, final int slot, final long samples, final double loss) {
        if (Double.isFinite(loss)) {
            final double sum = Double.longBitsToDouble(buffer.getLong(slot + LOSS_SUM_OFFSET)) + loss;
            buffer.putLongRelease(slot + LOSS_SUM_OFFSET, Double.doubleToRawLongBits(sum));
        } else {
            // Added to the sum it would stay there for good, and no later mean could be told from it.
            OwnedCounter.addRelease(buffer, slot + NON_FINITE_LOSSES_OFFSET, 1);
        }
        OwnedCounter.addRelease(buffer, slot + LOSS_COUNT_OFFSET, 1);
        OwnedCounter.addRelease(buffer, slot + SAMPLES_OFFSET, samples);
    }

    /** The learning rate of the owner's steps, or NaN while it has not reported one. */
    public static double learningRateAcquire(final AtomicBuffer buffer, final int slot) {
        return Double.longBitsToDouble(buffer.getLongAcquire(slot + LEARNING_RATE_OFFSET));
    }

    public static void learningRateRelease(final AtomicBuffer buffer, final int slot, final double rate) {
        buffer.putLongRelease(slot + LEARNING_RATE_OFFSET, Double.doubleToRawLongBits(rate));
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

    /** Offset of what the owners have done to the arrays, a record of {@link SlotAccessDescriptor}. */
    public static int accesses(final int slot) {
        return slot + ACCESSES_OFFSET;
    }
}
