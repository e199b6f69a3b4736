package org.shmarrays.cli;

import java.nio.file.Path;
import java.util.List;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.internal.Doors;
import org.shmarrays.launch.Leftover;

/**
 * With which segment the workers of {@code run} begin.
 *
 * @param name of the segment, and with which the checkpoints' names begin; null if nothing is saved or resumed
 * @param plan how the segment is saved
 * @param resumed the checkpoint to begin with, or null
 * @param leftover what becomes of a segment of this name
 */
record RunBeginning(String name, CheckpointPlan plan, Path resumed, Leftover leftover) {
    /**
     * The segment with which the workers begin, held so that they attach to it; null if they create it.
     *
     * @throws org.shmarrays.errors.SegmentExistsException if a segment has this name, and no option says what becomes
     *     of it, or a process uses it
     */
    ShmArrays open(final Settings settings) {
        final boolean isThere = name != null && Doors.ROOT.of(settings).holds(name);
        if (leftover == Leftover.RESUME) {
            if (isThere) {
                return attach(settings);
            }
            plan.check(name, null); // a training that begins must not mix with saved ones
        } else if (isThere && leftover == Leftover.REPLACE) {
            if (resumed != null) {
                Checkpoint.verify(resumed); // before the values are gone that it replaces
            }
            Leftover.remove(List.of(name), settings);
        } else if (isThere && (resumed != null || plan.isSaved() && !Leftover.isInUse(name, settings))) {
            // What saves it would count as a process that uses it, so that the workers would not refuse it.
            throw Leftover.refusal(List.of(name));
        }
        return resumed == null ? null : Checkpoint.restore(resumed, name, settings);
    }

    private ShmArrays attach(final Settings settings) {
        Leftover.checkNotInUse(List.of(name), settings);
        final ShmArrays held = ShmArrays.attach(name, settings);
        try {
            plan.checkNotSavedLater(name, held.runControl().globalStep());
            held.runControl().resume(); // that run may have been asked to stop
            return held;
        } catch (final RuntimeException | Error e) {
            held.close();
            throw e;
        }
    }
}
