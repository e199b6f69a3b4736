package org.shmarrays;

import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.EpochCount;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.segment.EventSource;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.update.Updates;

/**
 * The controls of a run in shared memory, and the counts of its training: steps, samples, epoch. Any process may ask
 * the run to stop, or change the learning rate. For any thread.
 */
public final class RunControl {
    static {
        Doors.RUN_CONTROL.open(RunControl::of);
        Doors.EVENT_SOURCE.open(control -> control.events);
    }

    /** The text of an event that reports a new learning rate. */
    public static final String LEARNING_RATE = "learning rate";

    private final Segment segment;
    private final EventSource events;
    private final RunControlBlock block;

    /** The controls of a mapped segment, without a slot. If the segment is mapped read-only, they can only be read. */
    static RunControl of(final Segment segment) {
        return new RunControl(
                segment, Event.Subject.ofProcess(ProcessHandle.current().pid()));
    }

    /**
     * The controls of the segment of this name. This takes no slot.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if no segment of this name exists
     * @throws org.shmarrays.errors.InvalidSegmentException if the segment is damaged, has another layout version, or
     *     belongs to another user
     */
    public static RunControl open(final String name, final Settings settings) {
        return of(SegmentOpener.open(settings.root(), name, false));
    }

    /** The controls of a handle's segment. Its events are about the subject. */
    RunControl(final Segment segment, final Event.Subject subject) {
        this.segment = segment;
        this.events = new EventSource(segment, subject);
        this.block = segment.runControl();
    }

    /** Asks all workers to stop after their current step: {@code Worker.shouldStop()} becomes true. */
    public void stop() {
        stop(true, EventKind.STOP_ASKED);
    }

    /** Takes {@link #stop()} back. */
    public void resume() {
        stop(false, EventKind.RESUMED);
    }

    private void stop(final boolean stop, final EventKind kind) {
        write();
        if (isStopped() != stop) {
            events.tell(kind, 0, 0, ""); // first: workers leave within the next step
        }
        block.stopRelease(stop);
    }

    public boolean isStopped() {
        return block.stopAcquire();
    }

    /** The learning rate that is set for all workers, or 0 if none is set. */
    public double learningRate() {
        return block.learningRateAcquire();
    }

    /** The learning rate that is set for all workers, or {@code own} if none is set. */
    public double learningRateOr(final double own) {
        final double set = learningRate();
        return set == 0 ? own : set;
    }

    /**
     * Sets the learning rate for all workers. It takes effect in workers that read it. With 0, each worker uses its
     * own.
     *
     * @throws IllegalArgumentException if it is neither 0 nor {@linkplain Updates#isLearningRate a learning rate}
     */
    public void learningRate(final double rate) {
        if (rate != 0 && !Updates.isLearningRate(rate)) {
            throw new IllegalArgumentException(
                    "learning rate out of range: " + rate + "; give 0, or a positive number that a float can hold");
        }
        write();
        final boolean isNew = learningRate() != rate;
        block.learningRateRelease(rate);
        if (isNew) {
            events.tell(EventKind.SET, Double.doubleToRawLongBits(rate), 0, LEARNING_RATE);
        }
    }

    /**
     * Adds a remark to the segment's events. {@code shmarrays events} and the report page show it. Do not call it in
     * each step: the segment keeps the last {@value EventRing#CAPACITY} events of all kinds.
     *
     * <p>Like {@link #measured}, it does nothing if the segment was removed.
     *
     * @param text cut to {@value EventDescriptor#TEXT_CAPACITY} bytes of UTF-8
     * @throws IllegalStateException if the segment is mapped read-only
     */
    public void note(final String text) {
        checkWriteable();
        events.tell(EventKind.NOTE, 0, 0, text);
    }

    /**
     * Adds a measured value, such as a test accuracy, to the segment's events, with the number of
     * {@linkplain #globalStep() steps} made so far.
     *
     * @param name what was measured; cut to {@value EventDescriptor#TEXT_CAPACITY} bytes of UTF-8
     * @throws IllegalStateException if the segment is mapped read-only
     */
    public void measured(final String name, final double value) {
        checkWriteable();
        events.tell(EventKind.MEASURED, Double.doubleToRawLongBits(value), globalStep(), name);
    }

    /**
     * Sets how long the model was trained before the segment was created: {@link #globalStep()} and {@link #epoch()}
     * continue from there. For the initializer of {@code ShmArrays.create}, while no worker counts.
     *
     * @throws IllegalArgumentException if one of the two is negative, or the epoch does not fit into an int
     */
    public void startAt(final long steps, final long epoch) {
        if (steps < 0) {
            throw new IllegalArgumentException("the number of earlier steps must be 0 or more: " + steps);
        }
        EpochCount.checkEpoch(epoch);
        write();
        block.earlierRelease(steps - countedSteps(), block.earlierSamples());
        block.epochCountRelease(new EpochCount(epoch, 0, epochCount().samplesOfEpoch(), samples()));
    }

    /** Steps of all workers since the segment was created, plus the steps that the model was trained for before. */
    public long globalStep() {
        return block.earlierSteps() + countedSteps();
    }

    /** How often a checkpoint was restored into the segment; 1 if the segment was created from one. */
    public long restores() {
        return block.restoresAcquire();
    }

    /** True if the last checkpoint that was restored contains each push wholly or not at all. */
    public boolean isRestoredWhole() {
        return block.isRestoredWholeAcquire();
    }

    private long countedSteps() {
        long steps = 0;
        for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
            steps += segment.slots().lossCount(slotId);
        }
        return steps;
    }

    /** Samples that all workers have seen since the segment was created, plus those before a restored checkpoint. */
    public long samples() {
        long samples = block.earlierSamples();
        for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
            samples += segment.slots().samples(slotId);
        }
        return samples;
    }

    /**
     * The current epoch of the training, from 0 or {@link #startAt} on. It is the same for all workers. If {@link
     * #samplesOfEpoch()} is known, the epoch grows with the samples that are counted. Otherwise it grows with
     * {@linkplain #endPass ended passes} and {@link #epochAtLeast}.
     */
    public long epoch() {
        final EpochCount count = epochCount();
        return count.isBySamples() ? count.epochAt(samples()) : count.epoch();
    }

    /**
     * Counts that a worker has gone through its share of the data once. When {@code workers} passes have ended, the
     * epoch grows by one, and the passes start again at 0. If {@link #samplesOfEpoch()} is known, nothing changes. Any
     * number of threads and processes may call this at the same time; each call counts exactly once.
     *
     * <p>A pass counts as 1/{@code workers} of an epoch, whichever worker ended it. So a fast worker raises the epoch
     * only by its share: one worker of four would have to end four passes while the others end none. The epoch says how
     * much of the data all workers have processed together. It is not the number of passes of any one worker.
     *
     * <p>The number of workers may change between two calls. The epoch never goes down: if there are already as many
     * ended passes as the smaller number, the next one ends the epoch.
     *
     * @param workers the number of workers that currently share the data
     * @throws IllegalArgumentException if it is less than 1
     */
    public void endPass(final int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException(
                    "the number of workers that share the data must be 1 or more: " + workers);
        }
        write();
        block.endPass(workers);
    }

    /**
     * Begins an epoch, unless it or a later one has begun: for workers that agree on the number of the epoch. A second
     * call does nothing, so each worker may call it, even one that was restarted. Ended passes of an earlier epoch no
     * longer count. If {@link #samplesOfEpoch()} is known, nothing changes.
     *
     * @throws IllegalArgumentException if it is negative, or does not fit into an int
     */
    public void epochAtLeast(final long epoch) {
        EpochCount.checkEpoch(epoch);
        write();
        block.epochAtLeast(epoch);
    }

    /** Number of ended passes of the current epoch; 0 if epochs are counted by samples. */
    public long endedPasses() {
        final EpochCount count = epochCount();
        return count.isBySamples() ? 0 : count.endedPasses();
    }

    /** Number of samples of an epoch, or 0 if it is unknown and epochs are counted by {@linkplain #endPass passes}. */
    public long samplesOfEpoch() {
        return epochCount().samplesOfEpoch();
    }

    /**
     * Sets the number of samples of an epoch; 0 means unknown. Counting continues from the current epoch and the
     * current number of {@linkplain #samples() samples}. Setting the same number again changes nothing, so each worker
     * may call this when it joins. To change one number to another, let one caller do it while no worker counts: until
     * this returns, others may see the epoch at which the old number was set.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public void samplesOfEpoch(final long number) {
        EpochCount.checkSamplesOfEpoch(number);
        write();
        final EpochCount present = epochCount();
        if (present.samplesOfEpoch() == number) {
            return;
        }
        if (present.isBySamples()) {
            block.epochCountRelease(present.withSamplesOfEpoch(number, samples()));
        } else {
            block.countBySamplesRelease(number, samples());
        }
    }

    /**
     * False if there is no epoch to show: this is epoch 0, no pass of it has ended, and {@link #samplesOfEpoch()} is
     * unknown. So it is for arrays that are not used by a training with epochs.
     */
    public boolean countsEpochs() {
        return epochCount().hasBegun();
    }

    private EpochCount epochCount() {
        return block.epochCountAcquire();
    }

    private void write() {
        checkWriteable();
        segment.checkNotRemoved();
    }

    private void checkWriteable() {
        if (segment.isReadOnly()) {
            throw new IllegalStateException("attached read-only: segment=" + segment.name());
        }
    }
}
