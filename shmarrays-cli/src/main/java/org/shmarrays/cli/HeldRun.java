package org.shmarrays.cli;

import java.io.PrintWriter;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.CheckpointKeeper;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.worker.StopSignals;

/**
 * What goes on beside the workers of {@code run} if its options say so: it holds the segment with which they begin, and
 * saves it. Then a signal stops the workers, and ends this process after the last checkpoint. For one thread.
 */
final class HeldRun implements AutoCloseable {
    private final PrintWriter err;
    private final ShmArrays begun;
    private StopSignals signals;
    private CheckpointKeeper keeper;

    /** Null until the workers are started; the thread of a signal reads it. */
    private volatile WorkerGroup group;

    private HeldRun(final ShmArrays begun, final PrintWriter err) {
        this.begun = begun;
        this.err = err;
    }

    /** Opens the segment, and begins to save it. */
    static HeldRun begin(final RunBeginning beginning, final Settings settings, final PrintWriter err) {
        final HeldRun saved = new HeldRun(beginning.open(settings), err);
        try {
            if (beginning.plan().isSaved()) {
                saved.signals = StopSignals.handle(saved::stop);
                saved.keeper = CheckpointKeeper.start(
                        beginning.plan(),
                        beginning.name(),
                        beginning.name(),
                        settings,
                        beginning.resumed(),
                        saved::say);
            }
            return saved;
        } catch (final RuntimeException | Error e) {
            saved.close();
            throw e;
        }
    }

    /** Starts the workers. */
    WorkerGroup launch(final Launcher launcher) {
        group = launcher.launch();
        return group;
    }

    private boolean stop() {
        final WorkerGroup present = group;
        if (present != null) {
            present.stop();
        }
        return present != null;
    }

    /**
     * Writes the last checkpoint, when the workers have ended, and says which one it is.
     *
     * @param workersExitCode the exit code of the run without what is saved
     * @return the exit code
     */
    int end(final int workersExitCode, final boolean isQuiet) {
        if (keeper != null && workersExitCode == 0) {
            keeper.closeTrained();
        }
        close();
        if (keeper == null) {
            return workersExitCode;
        }
        keeper.failure().ifPresent(this::say);
        final int exitCode =
                signals.exitCode().orElse(workersExitCode == 0 && keeper.isIncomplete() ? 1 : workersExitCode);
        if (exitCode != 0 || !isQuiet) {
            final String what = exitCode == 0 ? "last checkpoint=" : "the run can be continued with --resume ";
            keeper.last().ifPresent(file -> say(what + file));
        }
        return exitCode;
    }

    private void say(final String message) {
        err.println("shmarrays: " + message);
        err.flush();
    }

    /** Writes the last checkpoint. A signal waits for it. Twice is harmless. */
    @Override
    @SuppressWarnings("try") // they are only closed
    public void close() {
        try (ShmArrays held = begun;
                StopSignals handled = signals;
                CheckpointKeeper saving = keeper) {}
    }
}
