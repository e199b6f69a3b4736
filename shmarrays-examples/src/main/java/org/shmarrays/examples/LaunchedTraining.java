package org.shmarrays.examples;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.CheckpointKeeper;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.tensorboard.SegmentLog;
import org.shmarrays.worker.StopSignals;

/**
 * Worker processes over a segment with a {@link WorkTable}, which this process creates, or restores from a checkpoint,
 * saves while they train, and removes when they have ended. For one thread, but for {@link #askToStop}.
 */
public final class LaunchedTraining implements AutoCloseable {
    private static final int FAILED = 1;

    private final RemovalAtEnd removal;
    private ShmArrays arrays;
    private WorkerGroup group;
    private CheckpointKeeper keeper;

    /** Read by the thread of a signal. */
    private volatile boolean isSaved;

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
            keeper = CheckpointKeeper.start(checkpoints, name, name, settings, resumed, LaunchedTraining::say);
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

    /** Asks the workers to end after their present batch, and says so: what the first signal does. */
    private boolean askToStop() {
        if (isSaved) {
            return false; // all that is left to do is to remove the segment, which the end of this process does, too
        }
        arrays.runControl().stop();
        say("the workers end after their present step; a second signal ends them at once");
        return true;
    }

    private static void say(final String message) {
        System.err.println("shmarrays: " + message);
    }

    /**
     * Waits until the workers have ended, writes the last checkpoint, and closes this. A signal asks the workers to
     * end.
     *
     * @param passes over the data
     * @param log of the training, closed while the segment is there, or null
     * @param out gets the name of the last checkpoint
     * @param whenEnded is called as long as the segment is there, if the workers have done all batches or were asked to
     *     stop
     * @return the exit code of the program
     * @throws IllegalStateException if a worker failed, or batches are left, and no signal was received
     */
    public int awaitEnd(final long passes, final SegmentLog log, final PrintWriter out, final Runnable whenEnded)
            throws InterruptedException {
        final int exitCode;
        // The signals are the last to be closed, so that none of them ends the last checkpoint.
        try (StopSignals signals = StopSignals.handle(this::askToStop);
                LaunchedTraining closed = this;
                log) {
            if (closed.isDone(passes, signals)) {
                whenEnded.run();
            }
            exitCode = signals.exitCode().orElse(0);
        } finally {
            close();
            lastCheckpoint().ifPresent(file -> out.println("last checkpoint " + file));
            out.flush();
        }
        final boolean isIncomplete = isCheckpointIncomplete() || log != null && log.isIncomplete();
        return exitCode == 0 && isIncomplete ? FAILED : exitCode;
    }

    /** The workers may have got the signal, too, as under systemd, and ended at once: then batches are left. */
    private boolean isDone(final long passes, final StopSignals signals) throws InterruptedException {
        try {
            final GroupResult result = group.awaitEnd();
            if (!result.isSuccess()) {
                throw new IllegalStateException(result.failure());
            }
            checkWhole(passes);
            return true;
        } catch (final IllegalStateException e) {
            if (!signals.isReceived()) {
                throw e;
            }
            say(e.getMessage());
            return false;
        }
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
                WorkerGroup workers = group) {
            if (group != null) {
                group.stop();
            }
            if (keeper != null && !isSaved) {
                keeper.close();
                keeper.failure().ifPresent(LaunchedTraining::say);
            }
            isSaved = true;
        }
    }
}
