package org.shmarrays.launch;

import java.time.Duration;
import java.util.OptionalInt;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;
import org.shmarrays.internal.worker.Supervisor;

/**
 * The wanted number of workers of a run, in the run control of its segment. For one thread.
 *
 * <ol>
 *   <li>Any process of the same user writes the wanted number there ({@link #request}).
 *   <li>The supervisor, which is the process that starts and ends the workers, reads it ({@link #wanted}), starts or
 *       ends workers, and answers with the number that it has set ({@link #answer}).
 *   <li>The workers see the number as {@code Worker.worldSize()}. In a worker that is no longer wanted, {@code
 *       Worker.shouldStop()} is true.
 * </ol>
 *
 * <p>While the supervisor's process lives, the segment counts as alive, even between the death of all workers and their
 * restart.
 */
final class Scaling implements AutoCloseable {
    /** In place of a number: there is no segment now. */
    static final long NO_SEGMENT = -1;

    private static final long POLL_NS = 10_000_000;
    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 10 * POLL_NS;

    private final SegmentRoot root;
    private final String segmentName;
    private final long runId;
    private Segment segment;

    Scaling(final SegmentRoot root, final String segmentName, final long runId) {
        this.root = root;
        this.segmentName = segmentName;
        this.runId = runId;
    }

    /**
     * The wanted number of workers; 0 if none was asked for, {@link #NO_SEGMENT} before the segment exists and after it
     * is gone.
     *
     * @throws IllegalStateException if another live process supervises a run of the segment
     */
    long wanted() {
        if (!isOpen()) {
            return NO_SEGMENT;
        }
        final RunControlBlock runControl = segment.runControl();
        checkAlone(runControl.supervisedRunAcquire());
        return runControl.wantedWorkersAcquire(runId);
    }

    /**
     * Says how many workers the run has now.
     *
     * @param isRefused whether the wanted number was tried and given up: then the request is taken back
     */
    void answer(final int workers, final boolean isRefused) {
        if (isRefused) {
            segment.runControl().wantedRelease(runId, workers);
        }
        Supervisor.publish(segment);
        segment.runControl().supervisedRelease(runId, workers);
    }

    private void checkAlone(final long supervised) {
        if (supervised != 0 && supervised != runId && Supervisor.state(segment).isLive()) {
            throw new IllegalStateException("another run began to train this segment at the same time: name="
                    + segmentName + "; give each run a name of its own");
        }
    }

    /** Refuses further requests. */
    @Override
    public void close() {
        if (segment != null) {
            final RunControlBlock runControl = segment.runControl();
            if (runControl.supervisedRunAcquire() == runId) {
                runControl.supervisedRelease(0, 0);
            }
        }
    }

    private boolean isOpen() {
        if (segment != null && segment.isRemoved()) {
            segment = null;
        }
        try {
            if (segment == null && root.holds(segmentName)) {
                segment = SegmentOpener.open(root, segmentName, false);
            }
        } catch (final InvalidSegmentException | SegmentNotFoundException | SegmentRemovedException e) {
            // It is being made or removed; the workers say what is wrong if something is.
        }
        return segment != null;
    }

    /** As {@code WorkerGroup.requestWorkers}. */
    static OptionalInt request(final SegmentRoot root, final String name, final int workers, final Duration timeout) {
        final Segment segment = SegmentOpener.open(root, name, false);
        check(segment, workers);
        final RunControlBlock runControl = segment.runControl();
        final long runId = runControl.supervisedRunAcquire();
        if (runId == 0) {
            throw new IllegalStateException("this segment has no run that can be scaled: name=" + name
                    + "; start one with `bin/shmarrays run --name " + name + " …`");
        }
        final long before = runControl.supervisedWorkersAcquire();
        runControl.wantedRelease(runId, workers);
        final WaitTime time = new WaitTime(WaitLimit.of(timeout.toNanos()), LONGEST_ROUND_NS);
        long now = System.nanoTime();
        while (runControl.supervisedWorkersAcquire() != workers) {
            segment.presence().check();
            final long wanted = runControl.wantedWorkersAcquire(runId);
            if (wanted != workers) {
                throw new IllegalStateException("the run did not keep the requested number of workers: name=" + name
                        + ", wanted=" + workers + ", set to=" + wanted
                        + "; read the output of its `shmarrays run`, or check for a later request");
            }
            if (time.isOver()) {
                throw new IllegalStateException("the run's supervisor does not answer: name=" + name + ", workers="
                        + before + ", wanted=" + workers + ", waited=" + timeout.toMillis()
                        + " ms; check that its `shmarrays run` is alive");
            }
            Parking.parkNanos(POLL_NS);
            final long last = now;
            now = System.nanoTime();
            time.add(now - last, false, false);
        }
        return before > 0 ? OptionalInt.of((int) before) : OptionalInt.empty();
    }

    private static void check(final Segment segment, final int workers) {
        if (workers < 1 || workers > segment.layout().slotCount()) {
            throw new IllegalArgumentException("number of workers out of range: workers=" + workers + ", segment="
                    + segment.name() + ", slots=" + segment.layout().slotCount()
                    + "; the slots are fixed at creation: create the segment with -Dshmarrays.slots=…");
        }
        if (segment.layout().arrays().stream()
                .anyMatch(array -> array.spec().mode().takesTurns())) {
            throw new IllegalStateException("a run on ORDERED arrays can't be scaled, because its turns belong to a"
                    + " fixed number of workers: segment=" + segment.name());
        }
    }
}
