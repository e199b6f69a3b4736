package org.shmarrays.segment;

import java.nio.channels.ClosedByInterruptException;
import org.shmarrays.layout.ControlDescriptor;

/** Takes a segment away. Steps of {@code docs/format/lifecycle.md}, "Removal". */
public final class SegmentRemoval {
    private SegmentRemoval() {}

    /**
     * Marks a segment as removed, takes its name away, deletes it. Whoever is attached gets SegmentRemovedException from
     * then on; views still show memory. Files that are no valid segment are deleted as well.
     *
     * @throws SegmentNotFoundException if none has this name
     * @throws InvalidSegmentException if its files can't be deleted
     */
    public static void remove(final SegmentRoot root, final String name) {
        if (!root.holds(name)) {
            throw new SegmentNotFoundException("segment not found: name=" + name + ", directory=" + root.directory()
                    + ", segments=" + root.names());
        }
        Step.RM2.reached();
        try {
            final Segment segment = SegmentOpener.open(root, name, false);
            ControlDescriptor.stateRelease(segment.control(), ControlDescriptor.STATE_REMOVED);
        } catch (final InvalidSegmentException | SegmentRemovedException e) {
            if (e.getCause() instanceof ClosedByInterruptException) {
                throw e;
            }
            System.getLogger(SegmentRemoval.class.getName())
                    .log(
                            System.Logger.Level.INFO,
                            "removing what is no usable segment: name=" + name + ", " + e.getMessage());
        }
        root.removeTree(name);
    }
}
