package org.shmarrays.internal.worker;

import java.util.concurrent.ThreadLocalRandom;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.FileLockHolder;
import org.shmarrays.internal.segment.Parking;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.segment.WaitTime;
import org.shmarrays.layout.WorkerState;

/**
 * The entry of a segment to its runs, held by one worker at a time while it joins: which run that is depends on which
 * workers are there. It is a locked file, so it falls with its process. For one thread. Steps:
 * {@code docs/format/lifecycle.md}, "Entry to a run".
 *
 * <p>Workers that name no run join the one that was drawn last, as long as one of its workers is there. When the last
 * one has left or died the run is over, and the next worker begins another one. So a record of an earlier run never
 * counts as a peer.
 */
final class RunEntry implements AutoCloseable {
    private static final String NAME_THE_RUNS = "name the runs: Worker.of(rank, worldSize, runId), or "
            + WorkerEnvironment.RUN_ID_VARIABLE + " in the environment of each worker";
    private static final NanoClock CLOCK = SystemNanoClock.INSTANCE;
    private static final long POLL_NS = 100_000;

    /** An attempt opens a file: dozens of workers that try often would leave no processor to the one that joins. */
    private static final long LONGEST_POLL_NS = 40_000_000;

    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 10 * LONGEST_POLL_NS;

    private static final int LOOKS = 5;
    private static final long LOOK_PAUSE_NS = 1_000_000;

    private final Segment segment;
    private final SlotFile file;
    private final WorkerRecord record;

    private RunEntry(final Segment segment, final SlotFile file) {
        this.segment = segment;
        this.file = file;
        this.record = new WorkerRecord(segment);
    }

    /**
     * Takes the entry, waiting for workers that join at this moment. As long as others join the wait goes on: its time
     * counts from the last one on, without the time in which the one that is joining is stopped.
     *
     * @throws LockTimeoutException if one of them does not finish in time
     * @throws org.shmarrays.errors.SegmentRemovedException if the segment is removed meanwhile
     */
    static RunEntry acquire(final Segment segment, final long timeoutNs) {
        final FileLockHolder joining = new FileLockHolder(segment.files().entryLock());
        WaitTime time = new WaitTime(WaitLimit.of(timeoutNs), LONGEST_ROUND_NS);
        long joins = joins(segment);
        long now = CLOCK.nanoTime();
        long pollNs = POLL_NS;
        while (true) {
            segment.checkNotRemoved();
            Step.J1.reached();
            final SlotFile file = SlotFile.tryHoldEntry(segment);
            if (file != null) {
                return entered(segment, file, joining);
            }
            if (time.isOver()) {
                throw new LockTimeoutException("another worker is joining a run and does not finish: segment="
                        + segment.name() + ", waited=" + timeoutNs / 1_000_000 + " ms; if it is stopped, continue or"
                        + " end it");
            }
            Parking.parkNanos(ThreadLocalRandom.current().nextLong(pollNs / 2, pollNs));
            pollNs = Math.min(2 * pollNs, LONGEST_POLL_NS);
            final long before = now;
            now = CLOCK.nanoTime();
            final long joined = joins(segment);
            if (joined == joins) {
                time.add(now - before, joining.isStopped(now), false);
            } else {
                joins = joined;
                time = new WaitTime(WaitLimit.of(timeoutNs), LONGEST_ROUND_NS);
            }
        }
    }

    private static RunEntry entered(final Segment segment, final SlotFile file, final FileLockHolder joining) {
        try {
            joining.ended();
            return new RunEntry(segment, file);
        } catch (final Throwable e) {
            file.close();
            throw e;
        }
    }

    /** Grows with each claim of a slot. */
    private static long joins(final Segment segment) {
        long sum = 0;
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            sum += segment.slots().generationAcquire(slotId);
        }
        return sum;
    }

    /**
     * Decides which run a worker joins, and what it begins with there.
     *
     * @throws IllegalStateException if that can't be told, or its rank is there already
     */
    RunPlace join(final WorkerEnvironment joiner) {
        Step.J2.reached();
        final long runId = joiner.runId() == 0 ? unnamedRun(joiner) : joiner.runId();
        final RunLook look = look(runId, joiner.rank());
        if (look.ownSlot() >= 0) {
            throw new IllegalStateException("a worker with this rank is already attached: rank=" + joiner.rank() + ", "
                    + owner(look.ownSlot()) + "; give each worker a rank of its own, and close the handles of one run"
                    + " before the next, or " + NAME_THE_RUNS);
        }
        final boolean late = joiner.late() || look.hasOwnRecord();
        if (!late && look.isSeen() && look.firstWorldSize() != joiner.worldSize()) {
            throw otherWorldSize(joiner, look.firstWorldSize());
        }
        final int firstWorldSize = look.isSeen() ? look.firstWorldSize() : joiner.worldSize();
        return new RunPlace(
                new WorkerRole(joiner.rank(), joiner.worldSize(), runId, firstWorldSize, late),
                look.clock(joiner.rank() >= firstWorldSize),
                look.barriers(late));
    }

    private long unnamedRun(final WorkerEnvironment joiner) {
        if (joiner.worldSize() == 1) {
            // It has no peers, so others need not find its run; but who continues it must.
            final long former = joiner.late() ? lastLoneRun() : 0;
            return former == 0 ? draw() : former;
        }
        final RunControlBlock runControl = segment.runControl();
        final long drawn = runControl.drawnRunAcquire();
        final int workers = (int) runControl.drawnWorkersAcquire();
        if (drawn != 0) {
            final RunLook look = look(drawn, joiner.rank());
            if (look.presentSlot() >= 0) {
                checkJoins(joiner, look, workers);
                return drawn;
            }
            if (workers == joiner.worldSize() && (joiner.late() || !look.isSeen())) {
                return drawn;
            }
        }
        final long runId = draw();
        Step.J3.reached();
        runControl.drawnRelease(runId, joiner.worldSize());
        return runId;
    }

    private void checkJoins(final WorkerEnvironment joiner, final RunLook look, final int workers) {
        if (workers != joiner.worldSize()) {
            throw otherWorldSize(joiner, workers);
        }
        if (look.ownSlot() < 0 && look.hasOwnRecord() && !joiner.late()) {
            throw new IllegalStateException("the rank has already left this run, and others are still attached: rank="
                    + joiner.rank() + ", segment=" + segment.name() + ", one of them=" + owner(look.presentSlot())
                    + "; to rejoin, use Worker.ofRunUnderWay; to begin a new run, first close all handles of the old"
                    + " one, or " + NAME_THE_RUNS);
        }
    }

    private IllegalStateException otherWorldSize(final WorkerEnvironment joiner, final int workers) {
        return new IllegalStateException(
                "a run with another number of workers is in progress: segment=" + segment.name()
                        + ", workers=" + workers + ", own world size=" + joiner.worldSize() + ", rank="
                        + joiner.rank()
                        + "; close the handles of that run first, or " + NAME_THE_RUNS);
    }

    private static long draw() {
        return -ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    }

    /**
     * The run of that lone worker that was here last and named none, or 0; one that was killed comes before one that
     * has departed.
     */
    private long lastLoneRun() {
        long last = 0;
        long lastClaimed = -1;
        boolean lastWasKilled = false;
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (record.read(slotId) && record.runId() < 0 && record.firstWorldSize() == 1 && !record.isThere(true)) {
                final boolean killed = record.isThere(false);
                if (killed != lastWasKilled ? killed : record.claimedMs() > lastClaimed) {
                    last = record.runId();
                    lastClaimed = record.claimedMs();
                    lastWasKilled = killed;
                }
            }
        }
        return last;
    }

    /** What the slots tell of a run, as one of its ranks sees it. */
    private RunLook look(final long runId, final int rank) {
        final RunLook look = new RunLook();
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (record.read(slotId) && record.runId() == runId) {
                look.add(record, record.rank() == rank, isPresent(record));
            }
        }
        return look;
    }

    /** For a moment a dead worker's lock file is held also by a process that only looks at it. */
    private boolean isPresent(final WorkerRecord worker) {
        boolean present = worker.isThere(true);
        for (int i = 0; i < LOOKS && present && !Liveness.isSeenAlive(segment, worker.slotId()); i++) {
            Parking.parkNanos(LOOK_PAUSE_NS);
            present = worker.isThere(true);
        }
        return present;
    }

    private String owner(final int slotId) {
        return "rank " + segment.slots().rank(slotId) + " in slot " + slotId + " (pid "
                + segment.slots().pid(slotId) + ")";
    }

    /**
     * True if barriers, turns or a restart still need the record of a worker in a slot: a worker that is not of its
     * rank must not write over it.
     */
    boolean isNeeded(final int slotId, final WorkerRole claimant) {
        if (!record.read(slotId) || record.is(claimant.runId(), claimant.rank())) {
            return false;
        }
        final long runId = record.runId();
        final int rank = record.rank();
        final RunLook look = look(runId, rank);
        if (look.recordsOfOwnRank() > 1) {
            return false; // another slot has the record of that rank
        }
        return runId == claimant.runId() || look.presentSlot() >= 0 || isSupervised(runId);
    }

    /** What a slot's record is needed for, in words, or nothing. */
    String need(final int slotId, final WorkerRole claimant) {
        if (!isNeeded(slotId, claimant)) {
            return "";
        }
        record.read(slotId);
        return record.isThere(true) ? "" : " (kept for rank " + record.rank() + " of its run)";
    }

    private boolean isSupervised(final long runId) {
        return segment.runControl().supervisedRunAcquire() == runId && Supervisor.state(segment) != WorkerState.GONE;
    }

    /**
     * A slot, but for one, whose owner takes turns in a run and is there, or -1. Owners that are no workers are of run
     * 0.
     */
    int otherThatTakesTurns(final long runId, final int exceptSlotId) {
        final SlotTable slots = segment.slots();
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (slotId != exceptSlotId
                    && slots.stateAcquire(slotId) == SlotTable.ACTIVE
                    && slots.runId(slotId) == runId
                    && slots.takesTurnsAcquire(slotId)
                    && Liveness.isAlive(segment, slotId)) {
                return slotId;
            }
        }
        return -1;
    }

    @Override
    @SuppressWarnings("try") // the file is closed, whatever is thrown
    public void close() {
        try (file) {
            Step.J5.reached();
        }
    }
}
