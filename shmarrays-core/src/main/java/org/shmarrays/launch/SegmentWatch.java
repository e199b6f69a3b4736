package org.shmarrays.launch;

import java.nio.file.Path;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.segment.EventWriter;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.worker.StopWatch;

/**
 * What a launcher sees of the segment that its workers were told: whether it has ever been there, and whether its name
 * still means it. A segment that is removed, and perhaps made again, is no loss. It records what the launcher sees of
 * its workers among the segment's events. For any thread.
 */
final class SegmentWatch {
    private final SegmentRoot root;
    private final String name;
    private final StopWatch stops = new StopWatch();
    private Segment segment;
    private boolean wasSeen;
    private String loss;

    SegmentWatch(final SegmentRoot root, final String name) {
        this.root = root;
        this.name = name;
    }

    /** Looks once. Returns what was lost, as a sentence; null while nothing is. */
    synchronized String look() {
        if (segment != null && loss == null) {
            try {
                segment.presence().check();
            } catch (final SegmentRemovedException e) {
                segment = null;
            } catch (final SegmentVanishedException e) {
                loss = e.getMessage();
            }
        }
        if (segment == null && root.holds(name)) {
            open();
        }
        if (segment != null && loss == null) {
            stops.look(segment);
        }
        return loss;
    }

    /** Records an event, if there is a segment. */
    synchronized void tell(
            final EventKind kind,
            final Event.Subject subject,
            final long value,
            final long secondValue,
            final String text) {
        if (segment != null) {
            EventWriter.write(segment, subject, kind, value, secondValue, text);
        }
    }

    private void open() {
        wasSeen = true;
        try {
            segment = SegmentOpener.open(root, name, false);
        } catch (final InvalidSegmentException | SegmentNotFoundException | SegmentRemovedException e) {
            // It is being made or removed; the workers say what is wrong if something is.
        }
    }

    /** Whether there was a segment of this name when it looked. */
    synchronized boolean hasSeenOne() {
        return wasSeen;
    }

    /**
     * Where the run's first worker makes the segment; null once there was one: then none of its workers may make
     * another.
     */
    synchronized Path unseenPath() {
        look();
        return wasSeen ? null : root.segment(name);
    }
}
