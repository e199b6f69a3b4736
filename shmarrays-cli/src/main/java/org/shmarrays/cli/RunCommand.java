package org.shmarrays.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.Leftover;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.tensorboard.SegmentLog;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code shmarrays run}: starts worker processes and waits for them. */
@Command(
        name = RunCommand.NAME,
        description = {
            "Start several worker processes of one program, and wait for them.",
            "",
            "Each worker gets its rank and the name of the segment; Worker.join() reads them. Each line that a worker"
                    + " prints gets its rank as a prefix. If a worker fails, the others are stopped; with --restarts"
                    + " or --max-restarts the worker is started again instead. When this command ends, all workers end."
        },
        customSynopsis = {
            "shmarrays run [OPTIONS] [--class-path CP] -- MainClass [ARG...]",
            "       shmarrays run [OPTIONS] --jar app.jar -- [MainClass] [ARG...]"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all workers ended with exit code 0",
            "N:the exit code of the first worker that failed and was not restarted; 128 + n if signal n ended it",
            "130:with checkpoints: ended by Ctrl-C, after the last checkpoint (143: by SIGTERM)",
            "1:the workers could not be started, a live run has the name, another program deleted the segment's files,"
                    + " or a log or the last checkpoint is incomplete",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays run --workers 4 --class-path 'app.jar:lib/*' -- com.acme.Train",
            "  shmarrays run --workers 4 --jar app.jar -- --epochs 3",
            "  shmarrays run --max-restarts 3/10m --log-dir logs --redirect --jar app.jar",
            "  shmarrays run --workers 4 --env-file train.env --dry-run --jar app.jar",
            "  shmarrays run --devices 0,1 --heap 4g --name mnist --jar app.jar",
            "  shmarrays run --name m --checkpoint-every 5m --jar app.jar",
            "  shmarrays run --name m --resume latest --leftover replace --jar app.jar",
            "  CLASSPATH=target/classes:lib/* shmarrays run --workers 2 -- com.acme.Train"
        })
final class RunCommand implements Callable<Integer> {
    static final String NAME = "run";

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Number of workers; default: one per device or, without --devices, one per core.")
    private Integer workers;

    @Option(
            names = "--name",
            paramLabel = "SEGMENT",
            description =
                    "The segment that the workers train; it is kept at the end. Default: a generated name, and the"
                            + " segment is removed at the end.")
    private String segmentName;

    @Option(
            names = "--threads-per-worker",
            paramLabel = "T",
            description =
                    "OpenMP and BLAS threads of each worker; default: cores / workers, for those of OMP_NUM_THREADS,"
                            + " OPENBLAS_NUM_THREADS and MKL_NUM_THREADS that are not set.")
    private Integer threadsPerWorker;

    @Option(
            names = "--devices",
            paramLabel = "ID",
            split = ",",
            description = "CUDA devices, separated by commas. Worker i sees only the i-th device. If there are fewer"
                    + " devices than workers, they are assigned in turn.")
    private List<String> devices = new ArrayList<>();

    @ArgGroup
    private RestartOptions restarts = new RestartOptions();

    @Mixin
    private RunCheckpoints checkpoints = new RunCheckpoints();

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            description = "Also write the output to log files. Each run makes a directory DIR/SEGMENT-TIME with a file"
                    + " for each rank and attempt, and events.jsonl with the launcher's events.")
    private Path logDirectory;

    @Option(
            names = "--redirect",
            description = "With --log-dir: write the workers' output only to the log files, not to the terminal.")
    private boolean isRedirected;

    @Mixin
    private LogOption logOption = new LogOption();

    @Option(names = "--quiet", description = "Print only errors, and what the workers print.")
    private boolean isQuiet;

    @Option(
            names = "--dry-run",
            description = "Print the command line and the environment of each rank, as a shell takes them, and start"
                    + " nothing.")
    private boolean isDryRun;

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description = "More environment variables of the workers: lines NAME=VALUE. Lines that begin with # are"
                    + " skipped, quotes around a value are removed, nothing is expanded. Can be repeated.")
    private List<Path> environmentFiles = new ArrayList<>();

    @Option(
            names = "--on-timeout",
            paramLabel = "CHOICE",
            description =
                    "What a worker does when a wait for a lock, or for other workers, exceeds its timeout: wait (warn"
                            + " and keep waiting; the default) or fail. Time in which the other worker is stopped does"
                            + " not count.")
    private Settings.OnTimeout onTimeout;

    @ArgGroup
    private ClassSource source = new ClassSource();

    @Option(names = "--heap", paramLabel = "SIZE", description = "Largest heap of each worker, such as 512m or 4g.")
    private String heap;

    @Option(
            names = "--jvm-arg",
            paramLabel = "ARG",
            description = "One more argument for the JVM of each worker. Can be repeated.")
    private List<String> jvmArguments = new ArrayList<>();

    @Parameters(
            paramLabel = "MainClass [ARG...]",
            arity = "0..*",
            hideParamSyntax = true,
            description = "The class to run, and its arguments. With --jar you can omit the class if the jar has a"
                    + " Main-Class.")
    private List<String> words = new ArrayList<>();

    RunCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        final Launcher launcher;
        final Settings settings;
        final RunBeginning beginning;
        try {
            launcher = launcher();
            settings = launcher.settings();
            if (segmentName != null && !isDryRun) {
                Leftover.checkNoLiveRun(segmentName, settings);
            }
            beginning = isDryRun ? null : checkpoints.of(segmentName);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        if (isDryRun) {
            printCommands(launcher);
            return 0;
        }
        final PrintWriter err = spec.commandLine().getErr();
        if (main.isVerbose()) {
            err.println("shmarrays: command=" + launcher.command());
            err.flush();
        }
        try (HeldRun saved = HeldRun.begin(beginning, settings, err)) {
            return saved.end(run(launcher, saved, settings, err), isQuiet);
        }
    }

    /** Returns the exit code. */
    private int run(final Launcher launcher, final HeldRun saved, final Settings settings, final PrintWriter err)
            throws InterruptedException {
        try (RemovalAtEnd removal = segmentName == null ? removal(launcher, settings) : null;
                SegmentLog log = logOption.start(launcher.segmentName(), settings, err);
                WorkerGroup group = saved.launch(launcher)) {
            if (removal != null) {
                removal.after(group);
            }
            if (!isQuiet) {
                err.println("shmarrays: segment=" + group.segmentName() + ", pids=" + group.pids()
                        + group.logDirectory().map(logs -> ", logs=" + logs).orElse(""));
                err.flush();
            }
            final GroupResult result = group.awaitEnd();
            if (!result.isSuccess()) {
                new FailureReport(segmentName, logDirectory != null, settings, err).print(result);
            }
            final boolean isLogIncomplete = group.isLogIncomplete() || log != null && log.isIncomplete();
            return result.exitCode() == 0 && isLogIncomplete ? 1 : result.exitCode();
        }
    }

    private void printCommands(final Launcher launcher) {
        final PrintWriter out = spec.commandLine().getOut();
        final List<String> commands = launcher.shellCommands();
        for (int rank = 0; rank < commands.size(); rank++) {
            out.println("# worker " + rank + " of " + commands.size()
                    + (commands.size() > 1 ? "; the workers run at the same time, each in a shell of its own" : ""));
            out.println(commands.get(rank));
        }
        out.flush();
    }

    /** A segment whose name the command made up is of no use after its workers have ended. */
    private static RemovalAtEnd removal(final Launcher launcher, final Settings settings) {
        return RemovalAtEnd.ofName(launcher.segmentName(), settings);
    }

    private Launcher launcher() {
        final Launcher launcher = source.launcher(words);
        if (workers != null) {
            launcher.workers(workers);
        }
        if (segmentName != null) {
            launcher.segmentName(segmentName);
        }
        if (threadsPerWorker != null) {
            launcher.threadsPerWorker(threadsPerWorker);
        }
        restarts.applyTo(launcher);
        environmentFiles.forEach(launcher::environmentFile);
        if (isQuiet) {
            launcher.quiet();
        }
        if (isRedirected && logDirectory == null) {
            throw new IllegalArgumentException("--redirect needs --log-dir DIR, where the output goes instead");
        }
        if (isRedirected) {
            launcher.redirectTo(logDirectory);
        } else if (logDirectory != null) {
            launcher.logTo(logDirectory);
        }
        if (heap != null) {
            launcher.heap(heap);
        }
        if (onTimeout != null) {
            launcher.onTimeout(onTimeout);
        }
        jvmArguments.forEach(launcher::jvmArgument);
        return launcher.devices(devices);
    }
}
