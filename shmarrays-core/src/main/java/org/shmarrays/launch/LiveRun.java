package org.shmarrays.launch;

import java.util.List;
import java.util.Optional;
import org.shmarrays.Settings;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.worker.Supervisor;
import org.shmarrays.status.WorkerStatus;

/**
 * A run that trains a segment at present: a worker of it lives, or the process that starts its workers again.
 *
 * @param segment the name of the segment
 * @param pids of the workers that live; none where they are about to be started
 */
record LiveRun(String segment, List<Long> pids) {
    LiveRun {
        pids = List.copyOf(pids);
    }

    /** The run that trains the segment of this name; empty where none does, or there is no such segment. */
    static Optional<LiveRun> of(final String name, final Settings settings) {
        if (!Doors.ROOT.of(settings).holds(name)) {
            return Optional.empty();
        }
        final Segment segment;
        try {
            segment = SegmentOpener.open(Doors.ROOT.of(settings), name, true);
        } catch (final InvalidSegmentException | SegmentNotFoundException | SegmentRemovedException e) {
            return Optional.empty(); // it is being made or removed, or damaged, which the workers say
        }
        final List<Long> pids = Doors.STATUS.of(segment).workers().stream()
                .filter(worker -> worker.hasRank() && worker.state().isLive())
                .map(WorkerStatus::pid)
                .toList();
        return pids.isEmpty() && !Supervisor.state(segment).isLive()
                ? Optional.empty()
                : Optional.of(new LiveRun(name, pids));
    }
}
