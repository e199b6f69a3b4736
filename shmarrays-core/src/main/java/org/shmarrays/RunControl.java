package org.shmarrays;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.layout.RunControlDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Segment;
import org.shmarrays.update.Updates;

/** What steers a run, in shared memory: any process may ask it to stop, or change the learning rate. For any thread. */
public final class RunControl {
    private final Segment segment;
    private final AtomicBuffer control;
    private final int offset;

    /**
     * Of a segment that is mapped: whoever only steers needs no slot. If it is mapped read-only, this can only be read.
     */
    public static RunControl of(final Segment segment) {
        return new RunControl(segment);
    }

    RunControl(final Segment segment) {
        this.segment = segment;
        this.control = segment.control();
        this.offset = segment.controlLayout().runControlOffset();
    }

    /** Asks all workers to stop after their present step; they see it in {@code Worker.shouldStop()}. */
    public void stop() {
        write();
        RunControlDescriptor.stopRelease(control, offset, true);
    }

    /** Takes {@link #stop()} back. */
    public void resume() {
        write();
        RunControlDescriptor.stopRelease(control, offset, false);
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
                    "a learning rate is 0, or a positive number that a float can hold: " + rate);
        }
        write();
        RunControlDescriptor.learningRateRelease(control, offset, rate);
    }

    /** Steps of all workers since the segment's creation. */
    public long globalStep() {
        long steps = RunControlDescriptor.earlierSteps(control, offset);
        for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
            steps += SlotDescriptor.lossCount(control, segment.controlLayout().slot(slotId));
        }
        return steps;
    }

    /** Samples that all workers have seen since the segment's creation. */
    public long samples() {
        long samples = RunControlDescriptor.earlierSamples(control, offset);
        for (int slotId = 0; slotId < segment.layout().slotCount(); slotId++) {
            samples += SlotDescriptor.samples(control, segment.controlLayout().slot(slotId));
        }
        return samples;
    }

    private void write() {
        if (segment.isReadOnly()) {
            throw new IllegalStateException("attached read-only: segment=" + segment.name());
        }
        segment.checkNotRemoved();
    }
}
