package org.shmarrays;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.EpochCount;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.EventRingDescriptor;
import org.shmarrays.internal.layout.RunControlDescriptor;
import org.shmarrays.internal.layout.SlotDescriptor;
import org.shmarrays.internal.segment.EventSource;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.update.Updates;

/**
 * What steers a run, in shared memory, and the clock of its training. Any process may ask the run to stop, or change
 * the learning rate. For any thread.
 */
public final class RunControl {
    static {
        Doors.RUN_CONTROL.open(RunControl::of);
        Doors.EVENT_SOURCE.open(control -> control.events);
    }

    /** What events that set the learning rate say. */
    public static final String LEARNING_RATE = "learning rate";

    private final Segment segment;
    private final EventSource events;
    private final AtomicBuffer control;
    private final int offset;

    /**
     * Of a segment that is mapped: whoever only steers needs no slot. If it is mapped read-only, this can only be read.
     */
    static RunControl of(final Segment segment) {
        return new RunControl(
                segment, Event.Subject.ofProcess(ProcessHandle.current().pid()));
    }

    /**
     * Of a segment by its name: to steer it takes no slot.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if there is none of this name
     * @throws org.shmarrays.errors.InvalidSegmentException if it is damaged, of another layout version, or another
     *     user's
     */
    public static RunControl open(final String name, final Settings settings) {
        return of(SegmentOpener.open(settings.root(), name, false));
    }

    /** Of a handle; its events are about the subject. */
    RunControl(final Segment segment, final Event.Subject subject) {
        this.segment = segment;
        this.events = new EventSource(segment, subject);
        this.control = segment.control();
        this.offset = segment.controlLayout().runControlOffset();
    }

    /** Asks all workers to stop after their present step; they see it in {@code Worker.shouldStop()}. */
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
        RunControlDescriptor.stopRelease(control, offset, stop);
    }

    public boolean isStopped() {
        return RunControlDescriptor.stopAcquire(control, offset);
    }

    /** The learning rate that is set for all workers, or 0 if none is set. */
    public double learningRate() {
        return RunControlDescriptor.learningRateAcquire(control, offset);
    }

    /** The learning rate of the next step: the one that is set for all workers, or else the worker's own. */
    public double learningRateOr(final double own) {
        final double set = learningRate();
        return set == 0 ? own : set;
    }

    /**
     * Sets the learning rate for all workers, which follow if they ask for it; with 0 each has its own again.
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
        RunControlDescriptor.learningRateRelease(control, offset, rate);
        if (isNew) {
            events.tell(EventKind.SET, Double.doubleToRawLongBits(rate), 0, LEARNING_RATE);
        }
    }

    /**
     * Leaves a remark among the segment's events, for those who watch the training and for later: {@code shmarrays
     * events} and the report page show it. Not for each step: the segment keeps the last {@value
     * EventRingDescriptor#CAPACITY} events of all kinds.
     *
     * <p>Like {@link #measured}, it does nothing where the segment was removed.
     *
     * @param text is cut to {@value EventDescriptor#TEXT_CAPACITY} bytes of UTF-8
     * @throws IllegalStateException if the segment is mapped read-only
     */
    public void note(final String text) {
        checkWriteable();
        events.tell(EventKind.NOTE, 0, 0, text);
    }

    /**
     * Leaves a measured value among the segment's events, such as an accuracy on data that is kept apart, with the
     * number of {@linkplain #globalStep() steps} made so far.
     *
     * @param name of what was measured; is cut to {@value EventDescriptor#TEXT_CAPACITY} bytes of UTF-8
     * @throws IllegalStateException if the segment is mapped read-only
     */
    public void measured(final String name, final double value) {
        checkWriteable();
        events.tell(EventKind.MEASURED, Double.doubleToRawLongBits(value), globalStep(), name);
    }

    /**
     * Sets what the model had been trained for before the segment was created, for {@link #globalStep()} and {@link
     * #epoch()} to go on from. For the initializer of {@code ShmArrays.create}, while no worker counts.
     *
     * @throws IllegalArgumentException if one of the two is negative, or the epoch is greater than an int can be
     */
    public void startAt(final long steps, final long epoch) {
        if (steps < 0) {
            throw new IllegalArgumentException("the number of earlier steps must be 0 or more: " + steps);
        }
        EpochCount.checkEpoch(epoch);
        write();
        RunControlDescriptor.earlierRelease(
                control, offset, steps - countedSteps(), RunControlDescriptor.earlierSamples(control, offset));
        RunControlDescriptor.epochCountRelease(
                control, offset, new EpochCount(epoch, 0, epochCount().samplesOfEpoch(), samples()));
    }

    /** Steps of all workers since the segment's creation, and those that the model was trained for before. */
    public long globalStep() {
        return RunControlDescriptor.earlierSteps(control, offset) + countedSteps();
    }

    /** How often a checkpoint was put into the segment; 1 where the segment was created from one. */
    public long restores() {
        return RunControlDescriptor.restoresAcquire(control, offset);
    }

    /** Whether the last checkpoint that was put into the segment has each push wholly or not at all. */
    public boolean isRestoredWhole() {
        return RunControlDescriptor.isRestoredWholeAcquire(control, offset);
    }

    private long countedSteps() {
        long steps = 0;
        for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
            steps += SlotDescriptor.lossCount(control, segment.controlLayout().slot(slotId));
        }
        return steps;
    }

    /** Samples that all workers have seen since the segment's creation, with those before a restored checkpoint. */
    public long samples() {
        long samples = RunControlDescriptor.earlierSamples(control, offset);
        for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
            samples += SlotDescriptor.samples(control, segment.controlLayout().slot(slotId));
        }
        return samples;
    }

    /**
     * The present epoch of the training, from 0 or {@link #startAt} on. All workers have the same one. Where {@link
     * #samplesOfEpoch()} is known, it goes up with the samples that are counted; where it is not, with {@linkplain
     * #endPass ended passes} and {@link #epochAtLeast}.
     */
    public long epoch() {
        final EpochCount count = epochCount();
        return count.isBySamples() ? count.epochAt(samples()) : count.epoch();
    }

    /**
     * Counts that a worker has gone through its share of the data once. With the ended pass that makes {@code workers}
     * of them, the epoch goes up by one and the passes start again at 0. Where {@link #samplesOfEpoch()} is known,
     * nothing changes. Any number of threads and processes may call this at a time; each call counts exactly once.
     *
     * <p>A pass counts for 1/{@code workers} of an epoch, whichever worker ended it. So a worker that is ahead raises
     * the epoch by its share only: of four workers, one has to end four passes while the others end none. The epoch
     * tells how much of the data all have worked through together. It is not the number of passes of any one worker.
     *
     * <p>The number of workers may change between two calls. The epoch never goes down: where there are already as many
     * ended passes as the smaller number, the next one ends the epoch.
     *
     * @param workers among which the data is shared at present
     * @throws IllegalArgumentException if it is less than 1
     */
    public void endPass(final int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException(
                    "the number of workers that share the data must be 1 or more: " + workers);
        }
        write();
        RunControlDescriptor.endPass(control, offset, workers);
    }

    /**
     * Begins an epoch, unless it or a later one has begun: for workers that agree on the number of the epoch. Twice is
     * harmless, so that each of them may call it, also one that is started again. Ended passes of an earlier epoch no
     * longer count. Where {@link #samplesOfEpoch()} is known, nothing changes.
     *
     * @throws IllegalArgumentException if it is negative, or greater than an int can be
     */
    public void epochAtLeast(final long epoch) {
        EpochCount.checkEpoch(epoch);
        write();
        RunControlDescriptor.epochAtLeast(control, offset, epoch);
    }

    /** Passes of the present epoch that have ended; 0 where epochs are counted by samples. */
    public long endedPasses() {
        final EpochCount count = epochCount();
        return count.isBySamples() ? 0 : count.endedPasses();
    }

    /** Samples of an epoch, or 0 where this is unknown and the epochs are counted by {@linkplain #endPass passes}. */
    public long samplesOfEpoch() {
        return epochCount().samplesOfEpoch();
    }

    /**
     * Sets how many samples are an epoch, or 0 for unknown. Counting goes on from the present epoch and the present
     * number of {@linkplain #samples() samples}. The number that is set already changes nothing, so each worker may
     * call this when it joins. Changing one number to another is for one caller, while no worker counts: others may
     * see the epoch at which the old number was set, until this returns.
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
            RunControlDescriptor.epochCountRelease(control, offset, present.withSamplesOfEpoch(number, samples()));
        } else {
            RunControlDescriptor.countBySamplesRelease(control, offset, number, samples());
        }
    }

    /**
     * False while there is no epoch to show: this is epoch 0, no pass of it has ended, and {@link #samplesOfEpoch()} is
     * unknown. So it is for arrays that no training with epochs uses.
     */
    public boolean countsEpochs() {
        return epochCount().hasBegun();
    }

    private EpochCount epochCount() {
        return RunControlDescriptor.epochCountAcquire(control, offset);
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
