package org.shmarrays.internal.segment;

import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;

/** Takes a segment away. Steps of {@code docs/format/lifecycle.md}, "Removal". */
public final class SegmentRemoval {
    private SegmentRemoval() {}

    /**
     * Marks a segment as removed, takes its name away, deletes it. Whoever is attached gets SegmentRemovedException
     * from then on; views still show memory. A damaged segment is removed as well. A directory that holds what this
     * library did not make, or that belongs to a user whose segments are not allowed, is left as it is.
     *
     * @throws SegmentNotFoundException if none has this name
     * @throws InvalidSegmentException if its files can't be deleted, or it is not a segment alone
     */
    public static void remove(final SegmentRoot root, final String name) {
        if (!root.holds(name)) {
            throw new SegmentNotFoundException("segment not found: name=" + name + ", directory=" + root.directory()
                    + ", segments=" + root.names());
        }
        Step.RM2.reached();
        Ownership.checkOwner(root.segment(name), root.allowsForeignOwner());
        SegmentTree.checkDeletable(root.segment(name));
        try {
            final Segment segment = SegmentOpener.open(root, name, false);
            segment.markRemoved();
        } catch (final InvalidSegmentException | SegmentRemovedException e) {
            System.getLogger(SegmentRemoval.class.getName())
                    .log(
                            System.Logger.Level.INFO,
                            "removing an unusable segment: name=" + name + ", " + e.getMessage());
        }
        root.removeTree(name);
    }
}
