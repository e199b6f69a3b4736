package org.shmarrays.internal.access;

import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.SegmentRemoval;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;

/** Removes segments by their names. */
public final class Removing {
    private Removing() {}

    /**
     * Removes a segment, or what a creator or remover who died left of one. No creation of the same name goes on
     * meanwhile, whose new segment could be taken for the old.
     */
    @SuppressWarnings("try") // the lock is only held
    public static void remove(final String name, final AttachOptions options) {
        if (!options.root().holds(name)) {
            if (deleteUnfinished(name, options)) {
                return;
            }
            throw new SegmentNotFoundException("segment not found: name=" + name + ", directory="
                    + options.root().directory() + ", segments="
                    + options.root().names());
        }
        Step.RM1.reached();
        try (CreationLock lock = options.lockCreation(name, options.attachLimit())) {
            SegmentRemoval.remove(options.root(), name);
            options.root().deleteUnfinished(name);
        } catch (final InsufficientSpaceException e) {
            // Not even a lock file fits: no process can create a segment then.
            SegmentRemoval.remove(options.root(), name);
        }
    }

    /** Deletes what creators and removers left who died; false if there is nothing, or one of them is at work. */
    @SuppressWarnings("try") // the lock is only held
    private static boolean deleteUnfinished(final String name, final AttachOptions options) {
        if (!options.root().hasUnfinished(name)) {
            return false;
        }
        try (CreationLock lock = options.lockCreation(name, WaitLimit.NONE)) {
            final boolean isThere = options.root().hasUnfinished(name);
            options.root().deleteUnfinished(name);
            return isThere;
        } catch (final LockTimeoutException e) {
            return false;
        }
    }
}
