package org.shmarrays.internal.layout;

import java.lang.invoke.VarHandle;
import org.agrona.concurrent.AtomicBuffer;

// Over 300 lines: one record, each of whose fields has an offset and accessors.
/**
 * The slots of a control file: each is the record of a worker, and named by its id. Offsets do not leave this class.
 * For any thread and process: each method does one atomic access of the memory order in its name, or says what it does.
 *
 * <p>The owner alone writes a slot, except the process that holds its lock file: a claimant writes a new record, a
 * recoverer says that a dead owner has departed and waits for nothing. Counters go on from owner to owner.
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
 * The accesses are a record of {@link SlotAccessTable}. The kept record is that of the last worker, while the
 * owner is none: it still tells the barriers, the turns and the restart of that worker's rank.
 */
public final class SlotTable {
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

    private static final int WAITS_FOR_OFFSET = ControlHeader.LINE_PAIR;
    private static final int WAITS_SINCE_OFFSET = WAITS_FOR_OFFSET + Long.BYTES;
    private static final int WAIT_OFFSET = WAITS_SINCE_OFFSET + Long.BYTES;
    private static final int AWAITED_OFFSET = WAIT_OFFSET + Long.BYTES;
    private static final int WAIT_KIND_BITS = 8;
    private static final long WAIT_KIND_MASK = (1 << WAIT_KIND_BITS) - 1;

    private static final int CLOCK_OFFSET = 2 * ControlHeader.LINE_PAIR;
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

    static final int ACCESSES_OFFSET = 3 * ControlHeader.LINE_PAIR;

    /** Length of a slot. */
    static final int LENGTH = ACCESSES_OFFSET + SlotAccessTable.LENGTH;

    private final AtomicBuffer buffer;
    private final int tableOffset;

    /** The slots in the control file {@code buffer}. */
    public SlotTable(final AtomicBuffer buffer, final ControlLayout layout) {
        this.buffer = buffer;
        this.tableOffset = layout.slotsOffset();
    }

    private int at(final int slotId) {
        return tableOffset + slotId * LENGTH;
    }

    public long generationAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + GENERATION_OFFSET);
    }

    public void generationRelease(final int slotId, final long generation) {
        buffer.putLongRelease(at(slotId) + GENERATION_OFFSET, generation);
    }

    public long stateAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + STATE_OFFSET);
    }

    public void stateRelease(final int slotId, final long state) {
        buffer.putLongRelease(at(slotId) + STATE_OFFSET, state);
    }

    public long pid(final int slotId) {
        return buffer.getLong(at(slotId) + PID_OFFSET);
    }

    public long processStart(final int slotId) {
        return buffer.getLong(at(slotId) + PROCESS_START_OFFSET);
    }

    public long bootId(final int slotId) {
        return buffer.getLong(at(slotId) + BOOT_ID_OFFSET);
    }

    public long pidNamespace(final int slotId) {
        return buffer.getLong(at(slotId) + PID_NAMESPACE_OFFSET);
    }

    /** Plain: publish it with {@link #stateRelease}. */
    public void process(
            final int slotId, final long pid, final long processStart, final long bootId, final long pidNamespace) {
        buffer.putLong(at(slotId) + PID_OFFSET, pid);
        buffer.putLong(at(slotId) + PROCESS_START_OFFSET, processStart);
        buffer.putLong(at(slotId) + BOOT_ID_OFFSET, bootId);
        buffer.putLong(at(slotId) + PID_NAMESPACE_OFFSET, pidNamespace);
    }

    public int rank(final int slotId) {
        return (int) buffer.getLong(at(slotId) + RANK_OFFSET);
    }

    public int worldSize(final int slotId) {
        return (int) buffer.getLong(at(slotId) + WORLD_SIZE_OFFSET);
    }

    public long claimedMs(final int slotId) {
        return buffer.getLong(at(slotId) + CLAIMED_MS_OFFSET);
    }

    /** Which run of workers the owner belongs to, 0 for none: see {@link RunControlBlock#drawnRunAcquire}. */
    public long runId(final int slotId) {
        return buffer.getLong(at(slotId) + RUN_ID_OFFSET);
    }

    /**
     * The number of workers that the owner's run began with: that of its ranks that are waited for before they have
     * come.
     */
    public int firstWorldSize(final int slotId) {
        return (int) buffer.getLong(at(slotId) + FIRST_WORLD_SIZE_OFFSET);
    }

    /** Plain: publish it with {@link #stateRelease}. */
    public void role(
            final int slotId,
            final int rank,
            final int worldSize,
            final long runId,
            final int firstWorldSize,
            final long claimedMs) {
        buffer.putLong(at(slotId) + RUN_ID_OFFSET, runId);
        buffer.putLong(at(slotId) + FIRST_WORLD_SIZE_OFFSET, firstWorldSize);
        buffer.putLong(at(slotId) + RANK_OFFSET, rank);
        buffer.putLong(at(slotId) + WORLD_SIZE_OFFSET, worldSize);
        buffer.putLong(at(slotId) + CLAIMED_MS_OFFSET, claimedMs);
    }

    /** Keeps the record of the owner, which is a worker, for as long as the next owners are none. */
    public void keepRelease(final int slotId) {
        keptRelease(slotId, -1); // never one record with the rank of another one
        VarHandle.storeStoreFence();
        buffer.putLong(at(slotId) + KEPT_RUN_ID_OFFSET, runId(slotId));
        buffer.putLong(at(slotId) + KEPT_FIRST_WORLD_SIZE_OFFSET, firstWorldSize(slotId));
        buffer.putLong(at(slotId) + KEPT_CLOCK_OFFSET, clockAcquire(slotId));
        buffer.putLong(at(slotId) + KEPT_BARRIERS_OFFSET, barriersAcquire(slotId));
        keptRelease(slotId, rank(slotId));
    }

    /** Forgets the kept record. */
    public void keepNothingRelease(final int slotId) {
        keptRelease(slotId, -1);
    }

    private void keptRelease(final int slotId, final int rank) {
        buffer.putLongRelease(at(slotId) + KEPT_RANK_OFFSET, rank + 1L);
    }

    /** Rank of the kept record, or -1 for none. */
    public int keptRankAcquire(final int slotId) {
        return (int) buffer.getLongAcquire(at(slotId) + KEPT_RANK_OFFSET) - 1;
    }

    /** Of the kept record: only while {@link #keptRankAcquire} says the same before and after. */
    public long keptRunId(final int slotId) {
        return buffer.getLong(at(slotId) + KEPT_RUN_ID_OFFSET);
    }

    public int keptFirstWorldSize(final int slotId) {
        return (int) buffer.getLong(at(slotId) + KEPT_FIRST_WORLD_SIZE_OFFSET);
    }

    public long keptClock(final int slotId) {
        return buffer.getLong(at(slotId) + KEPT_CLOCK_OFFSET);
    }

    public long keptBarriers(final int slotId) {
        return buffer.getLong(at(slotId) + KEPT_BARRIERS_OFFSET);
    }

    /**
     * The wait for other workers that is under way: its {@link #waitKind} and how many there were; no two are the same.
     */
    public long waitAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + WAIT_OFFSET);
    }

    /** What a value of {@link #waitAcquire} waits for; 0 for nothing. */
    public static int waitKind(final long wait) {
        return (int) (wait & WAIT_KIND_MASK);
    }

    /**
     * The turn, barrier or clock that is waited for; only while {@link #waitAcquire} says the same before and after.
     */
    public long awaitedAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + AWAITED_OFFSET);
    }

    /** Says that a wait for other workers begins. */
    public void waitRelease(final int slotId, final int kind, final long awaited) {
        final long before = buffer.getLong(at(slotId) + WAIT_OFFSET);
        buffer.putLongRelease(at(slotId) + AWAITED_OFFSET, awaited);
        buffer.putLongRelease(at(slotId) + WAIT_OFFSET, (before >>> WAIT_KIND_BITS) + 1 << WAIT_KIND_BITS | kind);
    }

    /** Says that the wait for other workers has ended. */
    public void waitEndRelease(final int slotId) {
        buffer.putLongRelease(at(slotId) + WAIT_OFFSET, buffer.getLong(at(slotId) + WAIT_OFFSET) & ~WAIT_KIND_MASK);
    }

    /** The partition whose lock the worker waits for, or -1. */
    public int waitsForAcquire(final int slotId) {
        return (int) buffer.getLongAcquire(at(slotId) + WAITS_FOR_OFFSET) - 1;
    }

    /** The time when the wait began; only while {@link #waitsForAcquire} names a partition. */
    public long waitsSinceAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + WAITS_SINCE_OFFSET);
    }

    public void waitsForRelease(final int slotId, final int partition, final long sinceNs) {
        buffer.putLong(at(slotId) + WAITS_SINCE_OFFSET, sinceNs);
        buffer.putLongRelease(at(slotId) + WAITS_FOR_OFFSET, partition + 1L);
    }

    public void waitsForNothingRelease(final int slotId) {
        buffer.putLongRelease(at(slotId) + WAITS_FOR_OFFSET, 0);
    }

    public long clockAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + CLOCK_OFFSET);
    }

    public void clockRelease(final int slotId, final long clock) {
        buffer.putLongRelease(at(slotId) + CLOCK_OFFSET, clock);
    }

    public long heartbeatMs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + HEARTBEAT_OFFSET);
    }

    public void heartbeatRelease(final int slotId, final long nowMs) {
        buffer.putLongRelease(at(slotId) + HEARTBEAT_OFFSET, nowMs);
    }

    public long barriersAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + BARRIERS_OFFSET);
    }

    public void barriersRelease(final int slotId, final long barriers) {
        buffer.putLongRelease(at(slotId) + BARRIERS_OFFSET, barriers);
    }

    /** True while the owner is in a push, or about to find out whether it may begin one. */
    public boolean inPushAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + IN_PUSH_OFFSET) != 0;
    }

    public void inPushRelease(final int slotId, final boolean inPush) {
        buffer.putLongRelease(at(slotId) + IN_PUSH_OFFSET, inPush ? 1 : 0);
    }

    /** True if the worker has come to its first turn of mode ORDERED. */
    public boolean takesTurnsAcquire(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + TAKES_TURNS_OFFSET) != 0;
    }

    public void takesTurnsRelease(final int slotId, final boolean takesTurns) {
        buffer.putLongRelease(at(slotId) + TAKES_TURNS_OFFSET, takesTurns ? 1 : 0);
    }

    public long samples(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + SAMPLES_OFFSET);
    }

    /** Of the finite losses. */
    public double lossSum(final int slotId) {
        return Double.longBitsToDouble(buffer.getLongAcquire(at(slotId) + LOSS_SUM_OFFSET));
    }

    /** Of all losses, finite or not. */
    public long lossCount(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + LOSS_COUNT_OFFSET);
    }

    public long nonFiniteLosses(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + NON_FINITE_LOSSES_OFFSET);
    }

    /** Counts the samples of a step, and their mean loss. */
    public void countSamples(final int slotId, final long samples, final double loss) {
        if (Double.isFinite(loss)) {
            final double sum = Double.longBitsToDouble(buffer.getLong(at(slotId) + LOSS_SUM_OFFSET)) + loss;
            buffer.putLongRelease(at(slotId) + LOSS_SUM_OFFSET, Double.doubleToRawLongBits(sum));
        } else {
            // Added to the sum it would stay there for good, and no later mean could be told from it.
            OwnedCounter.addRelease(buffer, at(slotId) + NON_FINITE_LOSSES_OFFSET, 1);
        }
        OwnedCounter.addRelease(buffer, at(slotId) + LOSS_COUNT_OFFSET, 1);
        OwnedCounter.addRelease(buffer, at(slotId) + SAMPLES_OFFSET, samples);
    }

    /** The learning rate of the owner's steps, or NaN while it has not reported one. */
    public double learningRateAcquire(final int slotId) {
        return Double.longBitsToDouble(buffer.getLongAcquire(at(slotId) + LEARNING_RATE_OFFSET));
    }

    public void learningRateRelease(final int slotId, final double rate) {
        buffer.putLongRelease(at(slotId) + LEARNING_RATE_OFFSET, Double.doubleToRawLongBits(rate));
    }

    public long gradientNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + GRADIENT_NS_OFFSET);
    }

    public long pullNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + PULL_NS_OFFSET);
    }

    public long pushNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + PUSH_NS_OFFSET);
    }

    public long stepNs(final int slotId) {
        return buffer.getLongAcquire(at(slotId) + STEP_NS_OFFSET);
    }

    /** Counts a step's time, and its parts. */
    public void countTimes(
            final int slotId, final long pullNs, final long gradientNs, final long pushNs, final long stepNs) {
        OwnedCounter.addRelease(buffer, at(slotId) + STEP_NS_OFFSET, stepNs);
        OwnedCounter.addRelease(buffer, at(slotId) + PULL_NS_OFFSET, pullNs);
        OwnedCounter.addRelease(buffer, at(slotId) + GRADIENT_NS_OFFSET, gradientNs);
        OwnedCounter.addRelease(buffer, at(slotId) + PUSH_NS_OFFSET, pushNs);
    }
}
