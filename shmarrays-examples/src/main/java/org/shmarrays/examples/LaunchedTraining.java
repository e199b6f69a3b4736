package org.shmarrays.examples;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.launch.CheckpointKeeper;
import org.shmarrays.launch.CheckpointPlan;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.Scaling;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.ArraySpec;

/**
 * Worker processes over a segment with a {@link WorkTable}, which this process creates, or restores from a checkpoint,
 * saves while they train, and removes when they have ended. For one thread, but for {@link #askToStop}.
 */
public final class LaunchedTraining implements AutoCloseable {
    private final RemovalAtEnd removal;
    private ShmArrays arrays;
    private WorkerGroup group;
    private Scaling scaling;
    private CheckpointKeeper keeper;
    private boolean isSaved;

    /**
     * The segment of a training.
     *
     * @param specs of the arrays; the training adds that of the plan
     * @param initializer writes the first values of a training that begins
     */
    public record Content(List<ArraySpec> specs, Consumer<ShmArrays> initializer) {
        private List<ArraySpec> specsWith(final ArraySpec last) {
            final List<ArraySpec> all = new ArrayList<>(specs);
            all.add(last);
            return all;
        }
    }

    /**
     * Creates or restores the segment, and starts the workers.
     *
     * @param launcher has the name of the segment
     * @param plan that the training keeps for its resumption; that of the checkpoint must agree
     * @param resumed the checkpoint to go on with, or null for a training that begins
     */
    public LaunchedTraining(
            final Launcher launcher,
            final Settings settings,
            final Content content,
            final ResumePlan plan,
            final CheckpointPlan checkpoints,
            final Path resumed) {
        final String name = launcher.segmentName();
        if (resumed != null) {
            plan.checkResumes(resumed);
        }
        removal = RemovalAtEnd.ofCreated(name, settings);
        try {
            arrays = resumed != null
                    ? removal.restore(resumed, plan::store) // free values may be others than before
                    : removal.create(content.specsWith(ResumePlan.spec()), fresh -> {
                        content.initializer().accept(fresh);
                        plan.store(fresh);
                    });
            group = launcher.launch();
            removal.after(group);
            scaling = new Scaling(group, settings);
            keeper = checkpoints.start(name, name, settings, resumed, LaunchedTraining::say);
        } catch (final RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** The segment. */
    public ShmArrays arrays() {
        return arrays;
    }

    /** The workers. */
    public WorkerGroup group() {
        return group;
    }

    /** The side of their supervisor. */
    public Scaling scaling() {
        return scaling;
    }

    /** Asks the workers to end after their present batch, and says so: what the first signal does. */
    public boolean askToStop() {
        arrays.runControl().stop();
        say("the workers end after their present step; a second signal ends them at once");
        return true;
    }

    private static void say(final String message) {
        System.err.println("shmarrays: " + message);
    }

    /**
     * Waits until the workers have ended, and have done all batches or were asked to stop.
     *
     * @param passes over the data
     * @throws IllegalStateException if a worker failed, or batches are left
     */
    public void awaitEnd(final long passes) throws InterruptedException {
        final GroupResult result = scaling.awaitEnd();
        if (!result.isSuccess()) {
            throw new IllegalStateException(result.failure());
        }
        checkWhole(passes);
    }

    /**
     * Throws if the workers have ended before all batches were done, and were not asked to.
     *
     * @param passes over the data
     * @throws IllegalStateException with the number of batches that are left
     */
    public void checkWhole(final long passes) {
        arrays.checkPresent();
        final long left = WorkTable.left(arrays, passes);
        if (left > 0 && !arrays.runControl().isStopped()) {
            throw new IllegalStateException("the workers ended and left " + left + " batches; start the training again"
                    + " with --resume if you have a checkpoint");
        }
    }

    /** The last checkpoint that was written, if there is one; it is written by {@link #close}. */
    public Optional<Path> lastCheckpoint() {
        return Optional.ofNullable(keeper).flatMap(CheckpointKeeper::last);
    }

    /** Whether the last checkpoint could not be written, which {@link #close} says. */
    public boolean isCheckpointIncomplete() {
        return keeper != null && keeper.isIncomplete();
    }

    /**
     * Ends the workers, writes the last checkpoint, and removes the segment. As long as workers live this process holds
     * the segment, so that `clean` finds it if this process is killed. Twice is harmless.
     */
    @Override
    @SuppressWarnings("try") // they are only closed
    public void close() {
        try (RemovalAtEnd last = removal;
                ShmArrays held = arrays;
                Scaling supervised = scaling) {
            if (group != null) {
                group.stop();
            }
            if (keeper != null && !isSaved) {
                keeper.close();
                isSaved = true;
                keeper.failure().ifPresent(LaunchedTraining::say);
            }
        }
    }
}
