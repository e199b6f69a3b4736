package org.shmarrays.internal.worker;

import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.EventWriter;
import org.shmarrays.internal.segment.Segment;

/**
 * Events of workers that are stopped and go on. Each process that waits for such a worker sees it, and so may its
 * launcher; the one that sees it first records it. Two that see it at the same instant may both record it. For any
 * thread.
 */
final class StopEvents {
    private StopEvents() {}

    /** Records that a worker is stopped, unless this was the last that was recorded of it. */
    static void tellStopped(final Segment segment, final Event.Subject worker) {
        if (!isRecordedAsStopped(segment, worker)) {
            EventWriter.write(segment, worker, EventKind.WORKER_STOPPED, 0, 0, "");
        }
    }

    /** Records that a worker goes on, if the last that was recorded of it is that it is stopped. */
    static void tellContinued(final Segment segment, final Event.Subject worker, final long seconds) {
        if (isRecordedAsStopped(segment, worker)) {
            EventWriter.write(segment, worker, EventKind.WORKER_CONTINUED, seconds, 0, "");
        }
    }

    private static boolean isRecordedAsStopped(final Segment segment, final Event.Subject worker) {
        boolean isStopped = false;
        final EventReader reader = new EventReader(segment);
        for (Event event = reader.poll(); event != null; event = reader.poll()) {
            if (event.subject().processId() == worker.processId()
                    && event.subject().slotId() == worker.slotId()
                    && (event.kind() == EventKind.WORKER_STOPPED || event.kind() == EventKind.WORKER_CONTINUED)) {
                isStopped = event.kind() == EventKind.WORKER_STOPPED;
            }
        }
        return isStopped;
    }
}
