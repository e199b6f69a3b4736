package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;
import static org.shmarrays.examples.OptionChecks.checkWritable;
import static org.shmarrays.examples.OptionChecks.checked;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.examples.CheckpointOptions;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.examples.TrainingBeginning;
import org.shmarrays.layout.Names;
import org.shmarrays.worker.StopSignals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/shmarrays mnist}: trains on MNIST with several worker processes over one segment. */
@Command(
        name = "mnist",
        description = {
            "Train a network on MNIST with several worker processes that share its parameters.",
            "With --spark MASTER_URL or --spark local-cluster on several hosts: `mnist --spark local-cluster --help`"
                    + " shows the options for that."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the target was reached, or there was none",
            "1:failed; standard error says why",
            "2:wrong usage",
            "3:the target was missed",
            "130:ended in order after Ctrl-C (143: after SIGTERM)"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays mnist --workers 2 --target-accuracy 0.98",
            "  shmarrays mnist --model mlp --mode locked --epochs 5 --json mlp.json",
            "  shmarrays mnist --mode locked --epochs 2 --report mnist.html",
            "  shmarrays mnist --mode locked --log-to tensorboard:logs/locked",
            "  shmarrays mnist --model lenet --epochs 2 --save lenet.zip",
            "  shmarrays mnist --name m --epochs 50 --checkpoint-every 5m --checkpoint-dir saved",
            "  shmarrays mnist --resume latest --checkpoint-dir saved --workers 3",
            "  shmarrays mnist --name m --leftover resume --checkpoint-dir saved",
            "  shmarrays mnist --spark local-cluster --hosts 2 --target-accuracy 0.97"
        })
public final class MnistCommand implements Callable<Integer> {
    /** When snapshots are evaluated. */
    enum Evaluate {
        LIVE,
        AFTER
    }

    private static final int FAILED = 1;
    private static final int TARGET_MISSED = 3;
    private static final int MOST_EPOCHS = 1_000_000;
    private static final int MOST_THREADS = 4_096;
    private static final double SHORTEST_SNAPSHOT_INTERVAL = 0.001;

    @Spec
    private CommandSpec spec;

    @Option(names = "--workers", paramLabel = "N", description = "Number of worker processes (default: one per core).")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Mixin
    private PlanOptions planOptions = new PlanOptions();

    @Option(
            names = "--threads-per-worker",
            paramLabel = "T",
            description = "OpenMP and BLAS threads of each worker. With several, these small networks train slower.")
    private int threadsPerWorker = 1;

    @Option(
            names = "--target-accuracy",
            paramLabel = "SHARE",
            description = "Stop when this share of the test images, such as 0.98, is classified correctly.")
    private Double targetAccuracy;

    @Option(
            names = "--levels",
            paramLabel = "LIST",
            split = ",",
            description =
                    "Accuracies, such as 0.97,0.98. The JSON file shows when each was first reached. They are measured"
                            + " after the training, which takes a while.")
    private List<Double> levels = List.of();

    @Option(
            names = "--snapshot-every",
            paramLabel = "EPOCHS",
            description = "Copy the parameters for evaluation after every EPOCHS passes over the training set, counted"
                    + " over all workers. If the copies that wait for evaluation fill 256 MiB of the temporary"
                    + " directory, every second copy is dropped.")
    private double snapshotEvery = 0.1;

    @Option(
            names = "--evaluate",
            paramLabel = "WHEN",
            description = "When to evaluate the copies. live: during the training, which takes part of a core; after:"
                    + " at the end.")
    private Evaluate evaluate = Evaluate.LIVE;

    @Option(
            names = "--name",
            paramLabel = "SEGMENT",
            description =
                    "Name of the segment (default: mnist- and the process id). The training set is in a second segment,"
                            + " whose name ends in -data. Both are removed at the end.")
    private String segmentName;

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description = "Write the trained parameters to this .npz file; a model of DL4J as DL4J saves it.")
    private Path save;

    @Option(names = "--devices", paramLabel = "LIST", split = ",", description = "CUDA devices, one per worker: 0,1,…")
    private List<String> devices = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result as JSON, for programs.")
    private Path json;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write a report for a browser: curves, locks, staleness, lost workers.")
    private Path page;

    @Mixin
    private CheckpointOptions checkpoints = new CheckpointOptions();

    @Mixin
    private LogOptions log = new LogOptions();

    @Option(
            names = "--restarts",
            paramLabel = "R",
            description = "How often each worker that fails is started again while the others continue.")
    private int restarts;

    /** Trains; returns the exit code. */
    @Override
    public Integer call() throws Exception {
        final TrainingBeginning beginning = checked(spec, "", () -> checkpoints.beginning(segmentName, "mnist"));
        final Path resumed = beginning.checkpoint();
        final TrainingPlan saved =
                resumed == null ? null : checked(spec, "--resume: ", () -> TrainingPlan.ofCheckpoint(resumed));
        if (saved != null) {
            planOptions.takeFrom(saved);
        }
        checkCount(spec, "--workers", workers, Settings.MAX_SLOTS - 1);
        checkCount(spec, "--threads-per-worker", threadsPerWorker, MOST_THREADS);
        check(
                spec,
                snapshotEvery >= SHORTEST_SNAPSHOT_INTERVAL && snapshotEvery <= MOST_EPOCHS,
                "--snapshot-every must be " + SHORTEST_SNAPSHOT_INTERVAL + " to " + MOST_EPOCHS + ": " + snapshotEvery);
        check(
                spec,
                targetAccuracy == null || targetAccuracy > 0 && targetAccuracy <= 1,
                "--target-accuracy must be in (0, 1]: " + targetAccuracy);
        for (final double level : levels) {
            check(spec, level > 0 && level <= 1, "--levels must be in (0, 1]: " + levels);
        }
        final TrainingPlan plan = planOptions.plan();
        checkWritable(spec, "--json", json);
        checkWritable(spec, "--save", save);
        checkWritable(spec, "--report", page);
        check(spec, restarts >= 0, "--restarts must not be negative: " + restarts);
        check(
                spec,
                devices.stream().noneMatch(String::isBlank),
                "--devices must not contain a blank device: " + devices);
        if (saved != null) {
            checkSame(plan, saved, resumed);
        }
        checkName(beginning.name());
        check(spec, () -> beginning.saving().check(beginning.name(), resumed));
        beginning.clear(Settings.fromProperties());
        final boolean live = evaluate == Evaluate.LIVE;
        final TrainingRun run =
                new TrainingRun(plan, workers, devices, targetAccuracy, levels, snapshotEvery, live, beginning.name());
        // Progress and result are for people: they must not stand among the bytes of a file.
        final PrintStream out = isStandardOutputAFile() ? System.err : System.out;
        run.withRestarts(restarts)
                .withThreadsPerWorker(threadsPerWorker)
                .withCheckpoints(beginning.saving(), resumed)
                .withLog(log)
                .withOutput(out);
        try (StopSignals signals = StopSignals.handle(() -> stop(run))) {
            final int exitCode = train(run, plan, out, signals);
            return signals.exitCode().orElse(exitCode);
        }
    }

    private static boolean stop(final TrainingRun run) {
        final boolean goesOn = run.stop();
        if (goesOn) {
            System.err.println(
                    "shmarrays: the workers end after their present step; a second signal ends them at once");
        }
        return goesOn;
    }

    private int train(final TrainingRun run, final TrainingPlan plan, final PrintStream out, final StopSignals signals)
            throws Exception {
        final TrainingPage trainingPage = new TrainingPage(plan, workers, page);
        final RunReport report;
        try {
            report = page == null ? run.run() : trainingPage.train(run);
        } catch (final RuntimeException | IOException e) {
            saveWhatWasLearned(run, e);
            if (signals.isReceived()) { // the workers may have got it, too, as under systemd, and ended at once
                System.err.println("shmarrays: " + e.getMessage());
                return FAILED;
            }
            throw e;
        }
        final Attempts attempts = new Attempts();
        attempts.attempt(() -> report.print(out));
        if (save != null) {
            attempts.attempt(() -> run.save(save, report));
        }
        if (json != null) {
            attempts.attempt(() -> report.writeJson(json));
        }
        if (page != null) {
            attempts.attempt(() -> trainingPage.write(report, run.watcher()));
        }
        attempts.throwFirst();
        run.lastCheckpoint().ifPresent(file -> out.println("last checkpoint   " + file));
        return report.missedTarget() ? TARGET_MISSED : run.isIncomplete() ? FAILED : 0;
    }

    /** A training that fails leaves what it has learned, if that is known and there is a file for it. */
    private void saveWhatWasLearned(final TrainingRun run, final Exception failure) {
        run.lastCheckpoint()
                .ifPresent(
                        file -> System.err.println("shmarrays: the training can be continued with --resume " + file));
        try {
            if (save != null && run.saveOfFailed(save)) {
                System.err.println("shmarrays: the parameters that the failed training had learned are in " + save);
            }
        } catch (final RuntimeException | IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void checkSame(final TrainingPlan plan, final TrainingPlan saved, final Path resumed) {
        plan.differenceFrom(saved)
                .ifPresent(difference -> check(
                        spec,
                        false,
                        "--resume must be with the options of the checkpoint, but for --workers, --epochs and, with"
                                + " models of this module, --learning-rate: file=" + resumed + ", --" + difference
                                + "; leave the option out to take what the checkpoint keeps"));
    }

    private void checkName(final String name) {
        final String images = SharedImages.segmentName(name);
        final int most = Names.MAX_SEGMENT_NAME_LENGTH - (images.length() - name.length());
        check(spec, name.length() <= most, "--name must not be longer than " + most + " characters: " + name.length());
        try {
            Names.checkSegmentName(name);
        } catch (final IllegalArgumentException e) {
            check(spec, false, "--name must be the name of a segment: " + e.getMessage());
        }
    }

    private boolean isStandardOutputAFile() {
        return Stream.of(json, save, page).anyMatch(file -> file != null && StandardOutput.isNamedBy(file));
    }
}
