package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointKeeper;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.Names;
import org.shmarrays.worker.StopSignals;

/**
 * The process between a program that spawns and its workers: it has the JVM flags that a launcher needs and the program
 * need not have, and it outlives the program. The program holds its standard input. When that ends before the workers
 * do, however the program came to its end, the workers are stopped, and the segment and the directory removed.
 */
final class SpawnLauncher {
    /** As if by SIGTERM, which the program would have sent if it could. */
    private static final int PROGRAM_ENDED_EXIT_CODE = 143;

    private static final int FAILED_EXIT_CODE = 1;

    /** With which checkpoints' names begin where that of the segment is drawn. */
    private static final String DEFAULT_NAME = "training";

    private final SpawnDirectory directory;
    private volatile RemovalAtEnd removal;
    private volatile WorkerGroup group;
    private volatile CheckpointKeeper keeper;
    private boolean isOver;
    private boolean isEndedEarly;

    private SpawnLauncher(final SpawnDirectory directory) {
        this.directory = directory;
    }

    /** When the segment, and the data beside it, are removed. */
    enum Removal {
        /** At the end in any case, whoever has created it: its name is drawn by this launcher. */
        OF_NAME,

        /** If the training succeeds, and one of its workers has created it. */
        IF_TRAINED,

        /** At the end in any case, if one of the workers has created it. */
        ALWAYS
    }

    /**
     * How to start the workers.
     *
     * @param settings of the launcher
     * @param removal of the segment
     * @param checkpoints that are written, and resumed from
     * @param plan that the training keeps, or null
     */
    record Start(
            List<SpawnOptions.LaunchSetting> settings, Removal removal, CheckpointPlan checkpoints, ResumePlan plan)
            implements Serializable {
        private static final long serialVersionUID = 1;

        static Start of(final SpawnOptions options) {
            return new Start(options.launch(), options.removal(), options.checkpoints(), options.plan());
        }

        /** A launcher of a program that gets this directory. */
        Launcher launcher(final SpawnDirectory directory) {
            final Launcher launcher = Launcher.ofMainClass(SpawnWorker.class.getName(), directory.toString());
            launcher.jvmArgument("@" + directory.arguments()); // first, so that the user's own win
            settings.forEach(setting -> setting.apply(launcher));
            return launcher;
        }
    }

    /**
     * How the workers ended.
     *
     * @param failure what failed, as a clause; empty where nothing did
     * @param rank of the worker that failed first, or {@link SpawnFailedException#NO_RANK}
     * @param exitCode of that worker, or 1
     * @param lastLines of that worker
     * @param unsaved why the last checkpoint could not be written, as a clause; empty where it was, or none is
     */
    record Outcome(String failure, int rank, int exitCode, List<String> lastLines, String unsaved)
            implements Serializable {
        private static final long serialVersionUID = 1;

        static Outcome of(final GroupResult result, final String unsaved) {
            return new Outcome(
                    result.failure(),
                    result.firstFailedRank().orElse(SpawnFailedException.NO_RANK),
                    result.exitCode(),
                    result.lastLinesOfFailed(),
                    unsaved);
        }

        /** Of workers that could not be started, or watched. */
        static Outcome of(final Throwable failure) {
            return new Outcome(
                    "the process that launches the workers failed: " + SpawnWorker.reasons(failure),
                    SpawnFailedException.NO_RANK,
                    FAILED_EXIT_CODE,
                    List.of(),
                    "");
        }

        boolean isSuccess() {
            return failure.isEmpty();
        }
    }

    public static void main(final String... arguments) throws IOException {
        StopSignals.ignoreInterrupt(); // the program gets Ctrl-C, too
        new SpawnLauncher(SpawnDirectory.at(arguments[0])).run();
    }

    private void run() throws IOException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::removeDirectory, "shmarrays-remove-directory"));
        final Thread watch = new Thread(this::endWithProgram, "shmarrays-program-pipe");
        watch.setDaemon(true);
        watch.start();
        try {
            end(train(SpawnDirectory.read(directory.launch(), Start.class)));
        } catch (final Exception | Error e) {
            e.printStackTrace(); // of which the program is told the reasons alone
            end(Outcome.of(e));
        }
        while (isEndedEarly()) {
            LockSupport.park(); // until the thread that has seen the program's end has ended this process
        }
    }

    @SuppressWarnings("try") // the restored segment is only held until the workers have ended
    private Outcome train(final Start start) throws InterruptedException {
        final Launcher launcher = start.launcher(directory);
        final Settings settings = launcher.settings();
        final CheckpointPlan checkpoints = start.checkpoints();
        final String name = start.removal() == Removal.OF_NAME ? DEFAULT_NAME : launcher.segmentName();
        final Path resumed = checkpoints.resumedFile(name).orElse(null);
        checkpoints.check(name, resumed);
        if (resumed != null) {
            check(start.plan(), resumed);
        }
        if (start.removal() != Removal.IF_TRAINED) {
            removal = removal(start, launcher.segmentName(), settings);
        }
        final GroupResult result;
        try (RemovalAtEnd atEnd = removal;
                ShmArrays restored = restore(resumed, start.plan(), launcher.segmentName(), settings);
                CheckpointKeeper saving = CheckpointKeeper.start(
                        checkpoints, name, launcher.segmentName(), settings, resumed, System.err::println);
                WorkerGroup workers = launcher.launch()) {
            group = workers;
            keeper = saving;
            if (atEnd != null) {
                atEnd.after(workers);
            }
            result = workers.awaitEnd();
        }
        if (start.removal() == Removal.IF_TRAINED && result.isSuccess()) {
            removal(start, launcher.segmentName(), settings).close();
        }
        final String unsaved =
                Optional.ofNullable(keeper).flatMap(CheckpointKeeper::failure).orElse("");
        if (!result.isSuccess() && !unsaved.isEmpty()) {
            System.err.println(unsaved); // the program is told of the first failure
        }
        return Outcome.of(result, unsaved);
    }

    /** Throws unless a training with this plan, or null, may go on with a checkpoint. */
    private static void check(final ResumePlan plan, final Path resumed) {
        if (plan != null) {
            plan.checkResumes(resumed);
            return;
        }
        ResumePlan.ofCheckpoint(resumed).ifPresent(kept -> {
            throw new IllegalArgumentException("the checkpoint keeps the plan of its training, so it is resumed with"
                    + " SpawnOptions.withPlan: file=" + resumed + ", plan=" + Names.printable(kept.toString()));
        });
    }

    /** Creates the segment of the training that goes on; null for one that begins. */
    private ShmArrays restore(
            final Path file, final ResumePlan plan, final String segmentName, final Settings settings) {
        return file == null
                ? null
                : Checkpoint.restore(
                        file,
                        segmentName,
                        arrays -> {
                            directory.noteSegment(arrays.uid());
                            if (plan != null) {
                                plan.store(arrays); // free values may be others than before
                            }
                        },
                        settings);
    }

    private RemovalAtEnd removal(final Start start, final String name, final Settings settings) {
        return start.removal() == Removal.OF_NAME
                ? RemovalAtEnd.ofName(name, settings)
                : RemovalAtEnd.ofWorkers(name, directory::hasSegment, settings);
    }

    private synchronized boolean isEndedEarly() {
        return isEndedEarly;
    }

    /** Not while this process is ended early: then the directory goes. */
    private synchronized void end(final Outcome outcome) throws IOException {
        if (!isEndedEarly) {
            SpawnDirectory.write(directory.outcome(), outcome);
            isOver = true;
        }
    }

    /** The program never writes; the end of the stream is the end of the program, or its wish. */
    private void endWithProgram() {
        final InputStream pipe = System.in;
        try {
            while (pipe.read() >= 0) {
                // Nothing is ever written; if it were, it would mean nothing.
            }
        } catch (final IOException e) {
            // A pipe that can't be read can't show the program's end either.
        }
        saveAtOnce();
        System.exit(PROGRAM_ENDED_EXIT_CODE);
    }

    /** The program's end ends the workers; what they have trained is saved before the segment is removed. */
    private void saveAtOnce() {
        final CheckpointKeeper saving = keeper;
        if (saving != null) {
            synchronized (this) {
                if (isOver) {
                    return;
                }
                isEndedEarly = true;
            }
            group.stop();
            saving.close();
        }
    }

    /** When this process ends early: the workers first, which read and write there, and then what they have noted. */
    @SuppressWarnings("try") // the variable is only closed
    private void removeDirectory() {
        synchronized (this) {
            if (isOver) {
                return;
            }
            isEndedEarly = true;
        }
        final WorkerGroup workers = group;
        if (workers != null) {
            workers.stop();
        }
        try (RemovalAtEnd atEnd = removal) {
            // Closing it asks the directory which segments the workers have created, so the directory goes last.
        } finally {
            directory.remove();
        }
    }
}
