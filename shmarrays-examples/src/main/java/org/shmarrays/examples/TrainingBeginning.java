package org.shmarrays.examples;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.launch.Leftover;
import org.shmarrays.layout.Names;

/**
 * With what a training begins: its name, how it is saved, and the checkpoint that it goes on with. A segment that a
 * killed training has left becomes such a checkpoint, so that a training goes on in one way only. Immutable.
 *
 * @param name of the training and of its segment
 * @param saving how it is saved
 * @param checkpoint that it goes on with, or null for a training that begins
 * @param leftover what becomes of segments that have its name
 */
public record TrainingBeginning(String name, CheckpointPlan saving, Path checkpoint, Leftover leftover) {
    /** Of a training that goes on with the segment of its name if there is one, which is saved first. */
    static TrainingBeginning ofSegment(final String name, final CheckpointPlan saving, final Settings settings) {
        final boolean isThere = ShmArrays.exists(name, settings);
        return new TrainingBeginning(name, saving, isThere ? save(name, saving, settings) : null, Leftover.RESUME);
    }

    private static Path save(final String name, final CheckpointPlan saving, final Settings settings) {
        Leftover.checkNoLiveRun(name, settings);
        Leftover.checkNotInUse(Names.withData(name), settings);
        try (ShmArrays left = ShmArrays.attach(name, settings)) {
            final ResumePlan plan = ResumePlan.of(left)
                    .orElseThrow(() -> new IllegalStateException("the segment keeps no plan to resume by: name=" + name
                            + "; it is not of such a training: choose another --name"));
            saving.checkNotSavedLater(name, left.runControl().globalStep());
            saving.newest(name).ifPresent(file -> checkSameTraining(name, plan, file));
            final Path file = saving.write(name, left);
            System.err.println("shmarrays: the segment that was left over is saved: name=" + name + ", file=" + file);
            return file;
        }
    }

    /** The oldest checkpoints of the directory are deleted when there are too many, so they must be this training's. */
    private static void checkSameTraining(final String name, final ResumePlan plan, final Path newest) {
        ResumePlan.ofCheckpoint(newest).flatMap(plan::differenceFrom).ifPresent(difference -> {
            throw new IllegalStateException("the directory has checkpoints of another training of this name: name="
                    + name + ", newest=" + newest + ", " + difference + "; give another --checkpoint-dir");
        });
    }

    /** The checkpoint that the training goes on with; empty for a training that begins. */
    public Optional<Path> resumed() {
        return Optional.ofNullable(checkpoint);
    }

    /**
     * Removes the segments of this name that are left over, or refuses them; to be called when all else is checked.
     *
     * @throws org.shmarrays.errors.SegmentExistsException if they are to stay, or a process uses one of them
     * @throws IllegalStateException if a live run has the name
     */
    public void clear(final Settings settings) {
        final List<String> there = Names.withData(name).stream()
                .filter(each -> ShmArrays.exists(each, settings))
                .toList();
        if (there.isEmpty()) {
            return;
        }
        Leftover.checkNoLiveRun(name, settings);
        if (leftover == Leftover.REFUSE) {
            throw Leftover.refusal(there);
        }
        if (checkpoint != null) {
            Checkpoint.verify(checkpoint); // before the values are gone that it replaces
        }
        Leftover.checkNotInUse(there, settings); // of all of them, before the first one is removed
        Leftover.remove(there, settings);
    }
}
