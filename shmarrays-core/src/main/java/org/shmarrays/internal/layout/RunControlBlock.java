package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

// Over 300 lines: one record, each of whose fields has an offset and accessors.
/**
 * What steers a run. Offsets do not leave this class. For any thread and process: each method does one atomic access of
 * the memory order in its name, or says what it does. Each line pair of 128 bytes has one kind of writer.
 *
 * <pre>
 *     0  stop flag · learning rate (double) · bound of the clocks · steps and samples of earlier runs ·
 *        how often a checkpoint was put into the segment                                               (operators)
 *   128  ORDERED: the next turn · number of workers that take turns · their run · its first turn      (workers)
 *   256  pause: token of the snapshot's owner                                                          (snapshots)
 *   384  slots that were ever claimed                                                                  (claims)
 *   512  run that was drawn for workers without an id · number of its workers                          (workers)
 *   640  epoch and its ended passes (two ints) · samples of an epoch · samples at which counting began   (workers)
 *   768  scaling: run · number of workers wanted of it                                                   (operators)
 *   896  supervision: run · number of workers that its supervisor is set to ·
 *        the supervisor's pid, start, boot and pid namespace                                             (supervisor)
 * </pre>
 */
public final class RunControlBlock {
    /** Length of the block. */
    static final int LENGTH = 1024;

    private static final int OFFSET = ControlHeader.HEADER_LENGTH;

    private static final int STOP_OFFSET = 0;
    private static final int LEARNING_RATE_OFFSET = STOP_OFFSET + Long.BYTES;
    private static final int BOUND_OFFSET = LEARNING_RATE_OFFSET + Long.BYTES;
    private static final int EARLIER_STEPS_OFFSET = BOUND_OFFSET + Long.BYTES;
    private static final int EARLIER_SAMPLES_OFFSET = EARLIER_STEPS_OFFSET + Long.BYTES;
    private static final int RESTORES_OFFSET = EARLIER_SAMPLES_OFFSET + Long.BYTES;
    private static final int TURN_OFFSET = ControlHeader.LINE_PAIR;
    private static final int TURN_WORKERS_OFFSET = TURN_OFFSET + Long.BYTES;
    private static final int TURN_RUN_OFFSET = TURN_WORKERS_OFFSET + Long.BYTES;
    private static final int FIRST_TURN_OFFSET = TURN_RUN_OFFSET + Long.BYTES;
    private static final int PAUSE_OFFSET = 2 * ControlHeader.LINE_PAIR;
    private static final int CLAIMED_SLOTS_OFFSET = 3 * ControlHeader.LINE_PAIR;

    private static final int DRAWN_RUN_OFFSET = 4 * ControlHeader.LINE_PAIR;
    private static final int DRAWN_WORKERS_OFFSET = DRAWN_RUN_OFFSET + Long.BYTES;
    private static final int EPOCH_OFFSET = 5 * ControlHeader.LINE_PAIR;
    private static final int SAMPLES_OF_EPOCH_OFFSET = EPOCH_OFFSET + Long.BYTES;
    private static final int EPOCH_FIRST_SAMPLE_OFFSET = SAMPLES_OF_EPOCH_OFFSET + Long.BYTES;
    private static final int WANTED_RUN_OFFSET = 6 * ControlHeader.LINE_PAIR;
    private static final int WANTED_WORKERS_OFFSET = WANTED_RUN_OFFSET + Long.BYTES;
    private static final int SUPERVISED_RUN_OFFSET = 7 * ControlHeader.LINE_PAIR;
    private static final int SUPERVISED_WORKERS_OFFSET = SUPERVISED_RUN_OFFSET + Long.BYTES;
    private static final int SUPERVISOR_PID_OFFSET = SUPERVISED_WORKERS_OFFSET + Long.BYTES;
    private static final int SUPERVISOR_START_OFFSET = SUPERVISOR_PID_OFFSET + Long.BYTES;
    private static final int SUPERVISOR_BOOT_OFFSET = SUPERVISOR_START_OFFSET + Long.BYTES;
    private static final int SUPERVISOR_PID_NAMESPACE_OFFSET = SUPERVISOR_BOOT_OFFSET + Long.BYTES;

    private final AtomicBuffer buffer;

    /** Run control in the control file {@code buffer}. */
    public RunControlBlock(final AtomicBuffer buffer) {
        this.buffer = buffer;
    }

    public boolean stopAcquire() {
        return buffer.getLongAcquire(OFFSET + STOP_OFFSET) != 0;
    }

    public void stopRelease(final boolean stop) {
        buffer.putLongRelease(OFFSET + STOP_OFFSET, stop ? 1 : 0);
    }

    public double learningRateAcquire() {
        return Double.longBitsToDouble(buffer.getLongAcquire(OFFSET + LEARNING_RATE_OFFSET));
    }

    public void learningRateRelease(final double rate) {
        buffer.putLongRelease(OFFSET + LEARNING_RATE_OFFSET, Double.doubleToRawLongBits(rate));
    }

    /** The greatest difference of clocks, or -1 for none. */
    public long boundAcquire() {
        return buffer.getLongAcquire(OFFSET + BOUND_OFFSET) - 1;
    }

    public void boundRelease(final long bound) {
        buffer.putLongRelease(OFFSET + BOUND_OFFSET, bound + 1);
    }

    /** Steps that were made before those that the slots have counted. */
    public long earlierSteps() {
        return buffer.getLongAcquire(OFFSET + EARLIER_STEPS_OFFSET);
    }

    /** Samples that were seen before those that the slots have counted. */
    public long earlierSamples() {
        return buffer.getLongAcquire(OFFSET + EARLIER_SAMPLES_OFFSET);
    }

    /** Sets what was counted before the slots began to; it may be negative where values were put back. */
    public void earlierRelease(final long steps, final long samples) {
        buffer.putLongRelease(OFFSET + EARLIER_STEPS_OFFSET, steps);
        buffer.putLongRelease(OFFSET + EARLIER_SAMPLES_OFFSET, samples);
    }

    /** How often a checkpoint was put into the segment; 1 where it was created from one. */
    public long restoresAcquire() {
        return buffer.getLongAcquire(OFFSET + RESTORES_OFFSET) >>> 1;
    }

    /** Whether the last checkpoint that was put into the segment is of one moment. */
    public boolean isRestoredWholeAcquire() {
        return (buffer.getLongAcquire(OFFSET + RESTORES_OFFSET) & 1) != 0;
    }

    /**
     * Counts that a checkpoint was put into the segment. The caller has paused it, or no one else sees it.
     *
     * @param isWhole whether the checkpoint is of one moment
     */
    public void countRestore(final boolean isWhole) {
        final long restores = restoresAcquire() + 1;
        buffer.putLongRelease(OFFSET + RESTORES_OFFSET, restores << 1 | (isWhole ? 1 : 0));
    }

    public long turnAcquire() {
        return buffer.getLongAcquire(OFFSET + TURN_OFFSET);
    }

    /** Passes the turn on; false if it was not {@code turn}. */
    public boolean compareAndSetTurn(final long turn) {
        return buffer.compareAndSetLong(OFFSET + TURN_OFFSET, turn, turn + 1);
    }

    /** Number of workers that take turns, or 0 before the first. */
    public long turnWorkersAcquire() {
        return buffer.getLongAcquire(OFFSET + TURN_WORKERS_OFFSET);
    }

    /** The run whose workers take turns; it means nothing before {@link #turnWorkersAcquire} does. */
    public long turnRunAcquire() {
        return buffer.getLongAcquire(OFFSET + TURN_RUN_OFFSET);
    }

    /** The turn that was rank 0's first one in the run that takes turns. */
    public long firstTurnAcquire() {
        return buffer.getLongAcquire(OFFSET + FIRST_TURN_OFFSET);
    }

    /**
     * Gives the turns from the present one on to a run. The caller holds the segment's entry, and no one else takes
     * turns.
     */
    public void dealTurnsRelease(final long runId, final long workers) {
        buffer.putLongRelease(OFFSET + FIRST_TURN_OFFSET, turnAcquire());
        buffer.putLongRelease(OFFSET + TURN_WORKERS_OFFSET, workers);
        buffer.putLongRelease(OFFSET + TURN_RUN_OFFSET, runId);
    }

    /** The last run that was drawn for workers without an id of a run, or 0. */
    public long drawnRunAcquire() {
        return buffer.getLongAcquire(OFFSET + DRAWN_RUN_OFFSET);
    }

    /** The number of workers of {@link #drawnRunAcquire}. */
    public long drawnWorkersAcquire() {
        return buffer.getLongAcquire(OFFSET + DRAWN_WORKERS_OFFSET);
    }

    /** Publishes a run that was drawn. The caller holds the segment's entry; one that dies between leaves no run. */
    public void drawnRelease(final long runId, final long workers) {
        buffer.putLongVolatile(OFFSET + DRAWN_RUN_OFFSET, 0);
        buffer.putLongRelease(OFFSET + DRAWN_WORKERS_OFFSET, workers);
        buffer.putLongRelease(OFFSET + DRAWN_RUN_OFFSET, runId);
    }

    /** How the epochs are counted, and how far. While {@link #epochCountRelease} runs it may be a mixture. */
    public EpochCount epochCountAcquire() {
        // First: it is written last, and pairs with the releases of epochCountRelease and countBySamplesRelease.
        final long samplesOfEpoch = buffer.getLongAcquire(OFFSET + SAMPLES_OF_EPOCH_OFFSET);
        final long word = buffer.getLongAcquire(OFFSET + EPOCH_OFFSET);
        return EpochCount.ofWord(word, samplesOfEpoch, buffer.getLongAcquire(OFFSET + EPOCH_FIRST_SAMPLE_OFFSET));
    }

    /** Sets the count. The caller is alone: what others count meanwhile is lost. */
    public void epochCountRelease(final EpochCount count) {
        // Before the others, so that no reader has their new values with the old number: a release would let them pass.
        buffer.putLongVolatile(OFFSET + SAMPLES_OF_EPOCH_OFFSET, 0);
        buffer.putLongRelease(OFFSET + EPOCH_OFFSET, count.word());
        countBySamplesRelease(count.samplesOfEpoch(), count.firstSample());
    }

    /** Begins to count by samples, where passes were counted: the epoch is not written, so no ended pass is lost. */
    public void countBySamplesRelease(final long samplesOfEpoch, final long firstSample) {
        buffer.putLongRelease(OFFSET + EPOCH_FIRST_SAMPLE_OFFSET, firstSample);
        buffer.putLongRelease(OFFSET + SAMPLES_OF_EPOCH_OFFSET, samplesOfEpoch);
    }

    /** Counts an ended pass of one of so many workers; nothing while samples are counted. */
    public void endPass(final int workers) {
        long word;
        do {
            if (buffer.getLongAcquire(OFFSET + SAMPLES_OF_EPOCH_OFFSET) > 0) {
                return;
            }
            word = buffer.getLongAcquire(OFFSET + EPOCH_OFFSET);
        } while (!buffer.compareAndSetLong(OFFSET + EPOCH_OFFSET, word, EpochCount.wordAfterPass(word, workers)));
    }

    /** Begins an epoch, unless it or a later one has begun; nothing while samples are counted. */
    public void epochAtLeast(final long epoch) {
        long word;
        long raised;
        do {
            if (buffer.getLongAcquire(OFFSET + SAMPLES_OF_EPOCH_OFFSET) > 0) {
                return;
            }
            word = buffer.getLongAcquire(OFFSET + EPOCH_OFFSET);
            raised = EpochCount.wordAtLeast(word, epoch);
        } while (raised != word && !buffer.compareAndSetLong(OFFSET + EPOCH_OFFSET, word, raised));
    }

    /** Token of the slot whose owner holds all pushes back, or 0. */
    public long pauseAcquire() {
        return buffer.getLongAcquire(OFFSET + PAUSE_OFFSET);
    }

    /** Sets or clears the pause; false if the word did not hold {@code expected}. A full fence. */
    public boolean compareAndSetPause(final long expected, final long token) {
        return buffer.compareAndSetLong(OFFSET + PAUSE_OFFSET, expected, token);
    }

    /** One more than the highest slot that was ever claimed: no scan of the slots need go further. */
    public int claimedSlotsAcquire() {
        return (int) buffer.getLongAcquire(OFFSET + CLAIMED_SLOTS_OFFSET);
    }

    /** The number of workers that an operator wants a run to have, or 0 if none was asked for. */
    public long wantedWorkersAcquire(final long runId) {
        if (runId == 0 || buffer.getLongAcquire(OFFSET + WANTED_RUN_OFFSET) != runId) {
            return 0;
        }
        return buffer.getLongAcquire(OFFSET + WANTED_WORKERS_OFFSET);
    }

    public void wantedRelease(final long runId, final long workers) {
        if (buffer.getLongAcquire(OFFSET + WANTED_RUN_OFFSET) != runId) {
            // So that the new run is never seen with the number that an earlier one was to have.
            buffer.putLongRelease(OFFSET + WANTED_RUN_OFFSET, 0);
        }
        buffer.putLongRelease(OFFSET + WANTED_WORKERS_OFFSET, workers);
        buffer.putLongRelease(OFFSET + WANTED_RUN_OFFSET, runId);
    }

    /** The run whose supervisor looks at this segment, or 0. */
    public long supervisedRunAcquire() {
        return buffer.getLongAcquire(OFFSET + SUPERVISED_RUN_OFFSET);
    }

    /** The number of workers that the supervisor is set to. */
    public long supervisedWorkersAcquire() {
        return buffer.getLongAcquire(OFFSET + SUPERVISED_WORKERS_OFFSET);
    }

    public void supervisedRelease(final long runId, final long workers) {
        buffer.putLongRelease(OFFSET + SUPERVISED_WORKERS_OFFSET, workers);
        buffer.putLongRelease(OFFSET + SUPERVISED_RUN_OFFSET, runId);
    }

    /** Pid of the supervisor, or 0 while another one writes its identity; read again after the rest of it. */
    public long supervisorPidAcquire() {
        return buffer.getLongAcquire(OFFSET + SUPERVISOR_PID_OFFSET);
    }

    public long supervisorStartAcquire() {
        return buffer.getLongAcquire(OFFSET + SUPERVISOR_START_OFFSET);
    }

    public long supervisorBootIdAcquire() {
        return buffer.getLongAcquire(OFFSET + SUPERVISOR_BOOT_OFFSET);
    }

    public long supervisorPidNamespaceAcquire() {
        return buffer.getLongAcquire(OFFSET + SUPERVISOR_PID_NAMESPACE_OFFSET);
    }

    /**
     * The supervisor's identity, written before the run's id. The pid is 0 meanwhile, so that two identities are
     * never taken for one.
     */
    public void supervisorRelease(final long pid, final long start, final long bootId, final long pidNamespace) {
        buffer.putLongVolatile(
                OFFSET + SUPERVISOR_PID_OFFSET, 0); // before the others: a release alone would let them pass
        buffer.putLongRelease(OFFSET + SUPERVISOR_START_OFFSET, start);
        buffer.putLongRelease(OFFSET + SUPERVISOR_BOOT_OFFSET, bootId);
        buffer.putLongRelease(OFFSET + SUPERVISOR_PID_NAMESPACE_OFFSET, pidNamespace);
        buffer.putLongRelease(OFFSET + SUPERVISOR_PID_OFFSET, pid);
    }

    public void raiseClaimedSlots(final int claimedSlots) {
        long seen;
        do {
            seen = buffer.getLongAcquire(OFFSET + CLAIMED_SLOTS_OFFSET);
        } while (seen < claimedSlots && !buffer.compareAndSetLong(OFFSET + CLAIMED_SLOTS_OFFSET, seen, claimedSlots));
    }
}
