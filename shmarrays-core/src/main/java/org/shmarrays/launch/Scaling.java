package org.shmarrays.launch;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.shmarrays.Settings;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;
import org.shmarrays.internal.worker.Supervisor;

/**
 * Changes the number of workers of a run while it trains. This is the side of the supervisor: the process that starts
 * and ends the workers. For one thread.
 *
 * <ol>
 *   <li>Any process of the same user writes the wanted number into the run control of the segment ({@link #request}).
 *   <li>The supervisor polls, starts or ends workers, and answers with the number that it has set.
 *   <li>The workers see the number as {@code Worker.worldSize()}. In a worker that is no longer wanted, {@code
 *       Worker.shouldStop()} is true.
 * </ol>
 *
 * <p>While the supervisor's process lives, the segment counts as alive, even between the death of all workers and their
 * restart.
 */
public final class Scaling implements AutoCloseable {
    private static final long POLL_NS = 10_000_000;
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(500);

    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 10 * POLL_NS;

    private final WorkerGroup group;
    private final Settings settings;
    private Segment segment;

    /** Scales a group. The settings must find the segment that its workers train. */
    public Scaling(final WorkerGroup group, final Settings settings) {
        this.group = group;
        this.settings = settings;
    }

    /**
     * Checks once whether another number of workers is wanted, and starts or ends workers. Call it about twice per
     * second. It does nothing before the segment exists and after it is gone. If a new worker can't be started, or
     * fails, the run continues with the previous number, and the request is taken back.
     *
     * @throws IllegalStateException if another live process supervises a run of the segment: both began at the same
     *     time, and this one must end
     */
    public void poll() {
        if (!isOpen()) {
            return;
        }
        final RunControlBlock runControl = segment.runControl();
        checkAlone(runControl.supervisedRunAcquire());
        final long wanted = runControl.wantedWorkersAcquire(group.runId());
        boolean isRefused = group.takeRefusal(wanted);
        if (wanted > 0 && wanted != group.worldSize() && !isRefused) {
            group.scale((int) wanted);
            isRefused = group.takeRefusal(wanted);
        }
        if (isRefused) {
            runControl.wantedRelease(group.runId(), group.worldSize());
        }
        Supervisor.publish(segment);
        runControl.supervisedRelease(group.runId(), group.worldSize());
    }

    private void checkAlone(final long supervised) {
        if (supervised != 0
                && supervised != group.runId()
                && Supervisor.state(segment).isLive()) {
            throw new IllegalStateException("another run began to train this segment at the same time: name="
                    + group.segmentName() + "; give each run a name of its own");
        }
    }

    /**
     * Waits until all workers have ended, and {@link #poll}s meanwhile. This has no deadline, because a training may
     * take weeks. To end it sooner, stop the group.
     *
     * @throws IllegalStateException as {@link #poll} does
     */
    public GroupResult awaitEnd() throws InterruptedException {
        Optional<GroupResult> result = Optional.empty();
        while (result.isEmpty()) {
            poll();
            result = group.await(LOOK_INTERVAL);
        }
        return result.get();
    }

    /** Refuses further requests. */
    @Override
    public void close() {
        if (segment != null) {
            final RunControlBlock runControl = segment.runControl();
            if (runControl.supervisedRunAcquire() == group.runId()) {
                runControl.supervisedRelease(0, 0);
            }
        }
    }

    private boolean isOpen() {
        if (segment != null && segment.isRemoved()) {
            segment = null;
        }
        try {
            if (segment == null && Doors.ROOT.of(settings).holds(group.segmentName())) {
                segment = SegmentOpener.open(Doors.ROOT.of(settings), group.segmentName(), false);
            }
        } catch (final InvalidSegmentException | SegmentNotFoundException | SegmentRemovedException e) {
            // It is being made or removed; the workers say what is wrong if something is.
        }
        return segment != null;
    }

    /**
     * Asks the supervisor of the run that trains a segment for another number of workers, and waits for its answer. The
     * supervisor then starts or ends workers one after the other.
     *
     * @return the previous number of workers, if the supervisor had reported it
     * @throws IllegalArgumentException if the number is less than 1, or greater than the number of the segment's slots
     * @throws IllegalStateException if the segment has ORDERED arrays, because their turns need a fixed number of
     *     workers; or if no run is supervised, or its supervisor does not answer in time
     */
    public static OptionalInt request(
            final String name, final int workers, final Settings settings, final Duration timeout) {
        final Segment segment = SegmentOpener.open(Doors.ROOT.of(settings), name, false);
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
