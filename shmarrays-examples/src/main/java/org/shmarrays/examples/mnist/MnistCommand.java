package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;
import static org.shmarrays.examples.OptionChecks.checkWritable;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.examples.CheckpointOptions;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.layout.Rounding;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.output.DurableFile;
import org.shmarrays.segment.SegmentExistsException;
import org.shmarrays.segment.SegmentRoot;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.StopSignals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
            "  shmarrays mnist --spark local-cluster --hosts 2 --target-accuracy 0.97"
        })
public final class MnistCommand implements Callable<Integer> {
    /** When snapshots are evaluated. */
    enum Evaluate {
        LIVE,
        AFTER
    }

    /** In what parameters are stored. */
    enum Elements {
        FLOAT32(ElementType.FLOAT32),
        BFLOAT16(ElementType.BFLOAT16),
        FLOAT16(ElementType.FLOAT16);

        private final ElementType type;

        Elements(final ElementType type) {
            this.type = type;
        }

        static Elements of(final ElementType type) {
            return Stream.of(values())
                    .filter(each -> each.type == type)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** How parameters are rounded; the seed is that of {@code --seed}. */
    enum RoundingChoice {
        NEAREST,
        STOCHASTIC
    }

    private static final int FAILED = 1;
    private static final int TARGET_MISSED = 3;
    private static final int MOST_EPOCHS = 1_000_000;
    private static final int MOST_THREADS = 4_096;
    private static final int MOST_IMAGES_A_STEP = 60_000;
    private static final double SHORTEST_SNAPSHOT_INTERVAL = 0.001;

    @Spec
    private CommandSpec spec;

    @Option(names = "--workers", paramLabel = "N", description = "Number of worker processes (default: one per core).")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--threads-per-worker",
            paramLabel = "T",
            description = "OpenMP and BLAS threads of each worker. With several, these small networks train slower.")
    private int threadsPerWorker = 1;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            converter = Trainable.Converter.class,
            description = "Network: cnn, mlp or softmax, whose workers this module has; or dl4j-mlp, dl4j-cnn, lenet or"
                    + " samediff-mlp, models of DL4J, which SharedTraining.spawn trains with Adam (default: cnn).",
            showDefaultValue = Visibility.NEVER)
    private Trainable model = Model.CNN;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "Mode of the arrays: hogwild, atomic, locked or ordered.")
    private Mode mode = Mode.HOGWILD;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes of each worker over the training set; of DL4J's models, of all workers together.")
    private int epochs = 10;

    @Option(names = "--batch-size", paramLabel = "N", description = "Images per step.")
    private int batchSize = 64;

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            description = "Step size of SGD (default: 0.01 for cnn, else 0.1), or of Adam (default: 0.001).")
    private Double learningRate;

    @Option(
            names = "--momentum",
            paramLabel = "M",
            description = "Momentum of SGD; each worker has its own (default: 0.5 for cnn, else 0).")
    private Double momentum;

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

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the initial values, the shuffles and dropout.")
    private long seed = 1;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Type of the parameters in shared memory: float32, bfloat16 or float16.")
    private Elements elements = Elements.FLOAT32;

    @Option(
            names = "--rounding",
            paramLabel = "HOW",
            description =
                    "How 16-bit parameters are rounded: nearest, or stochastic, which keeps small steps on average.")
    private RoundingChoice rounding = RoundingChoice.NEAREST;

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
            names = "--data",
            paramLabel = "DIR",
            description = "Directory of another data set in the four files of MNIST, gzipped or not.")
    private Path data;

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
        final Path resumed = resumed();
        final TrainingPlan saved = resumed == null ? null : TrainingPlan.ofCheckpoint(resumed);
        if (saved != null) {
            takeFrom(saved);
        }
        checkCount(spec, "--workers", workers, SegmentLayout.MAX_SLOT_COUNT - 1);
        checkCount(spec, "--threads-per-worker", threadsPerWorker, MOST_THREADS);
        checkCount(spec, "--epochs", epochs, MOST_EPOCHS);
        checkCount(spec, "--batch-size", batchSize, MOST_IMAGES_A_STEP);
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
        final double rate = learningRate == null ? model.learningRate() : learningRate;
        final double mu = momentum == null ? model.momentum() : momentum;
        check(
                spec,
                Updates.isLearningRate(rate),
                "--learning-rate must be a positive number that fits into a float: " + rate);
        check(spec, mu >= 0 && mu < 1, "--momentum must be in [0, 1): " + mu);
        checkFitsModel();
        checkWritable(spec, "--json", json);
        checkWritable(spec, "--save", save);
        checkWritable(spec, "--report", page);
        check(spec, restarts >= 0, "--restarts must not be negative: " + restarts);
        check(
                spec,
                devices.stream().noneMatch(String::isBlank),
                "--devices must not contain a blank device: " + devices);
        final Path directory = data == null ? null : data.toAbsolutePath();
        check(
                spec,
                rounding == RoundingChoice.NEAREST || elements != Elements.FLOAT32,
                "--rounding stochastic must be used with --dtype bfloat16 or float16");
        final Rounding chosen = rounding == RoundingChoice.NEAREST ? Rounding.NEAREST : Rounding.stochastic(seed);
        final TrainingPlan plan =
                new TrainingPlan(model, mode, epochs, batchSize, rate, mu, seed, elements.type, chosen, directory);
        if (saved != null) {
            checkSame(plan, saved, resumed);
        }
        final String name = name(resumed);
        checkName(name);
        checkCheckpoints(name, resumed);
        final TrainingRun run = new TrainingRun(
                plan, workers, devices, targetAccuracy, levels, snapshotEvery, evaluate == Evaluate.LIVE, name);
        // Progress and result are for people: they must not stand among the bytes of a file.
        final PrintStream out = isStandardOutputAFile() ? System.err : System.out;
        run.withRestarts(restarts)
                .withThreadsPerWorker(threadsPerWorker)
                .withCheckpoints(checkpoints, resumed)
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
        return report.missedTarget() ? TARGET_MISSED : run.isLogIncomplete() ? FAILED : 0;
    }

    /** A training that fails leaves what it has learned, if that is known and there is a file for it. */
    private void saveWhatWasLearned(final TrainingRun run, final Exception failure) {
        run.lastCheckpoint()
                .ifPresent(
                        file -> System.err.println("shmarrays: the training can be continued with --resume " + file));
        if (save == null || run.valuesOfFailed() == null) {
            return;
        }
        try {
            RunReport.save(save, (Model) model, run.valuesOfFailed());
            System.err.println("shmarrays: the parameters as the failed training left them are in " + save);
        } catch (final RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private Path resumed() {
        try {
            return checkpoints.resumed(segmentName);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--resume: " + e.getMessage(), e);
        }
    }

    /** The name that is given, or that of the training that goes on, or a new one. */
    private String name(final Path resumed) {
        if (segmentName != null) {
            return segmentName;
        }
        return resumed == null
                ? "mnist-" + ProcessHandle.current().pid()
                : Checkpoint.describe(resumed).segment();
    }

    private void checkCheckpoints(final String name, final Path resumed) {
        if (checkpoints.areUsed() && model instanceof Dl4jModel) {
            check(
                    spec,
                    false,
                    "--checkpoint-every, --checkpoint-dir and --resume must not be given with --model " + model.label()
                            + "; `bin/shmarrays checkpoint` saves its segment");
        }
        try {
            checkpoints.check(name, resumed);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** Options that are not given are those of the training that goes on. */
    private void takeFrom(final TrainingPlan saved) {
        model = isGiven("--model") ? model : saved.model();
        mode = isGiven("--mode") ? mode : saved.mode();
        epochs = isGiven("--epochs") ? epochs : saved.epochs();
        batchSize = isGiven("--batch-size") ? batchSize : saved.batchSize();
        learningRate = isGiven("--learning-rate") ? learningRate : Double.valueOf(saved.learningRate());
        momentum = isGiven("--momentum") ? momentum : Double.valueOf(saved.momentum());
        seed = isGiven("--seed") ? seed : saved.seed();
        data = isGiven("--data") ? data : saved.data();
        elements = isGiven("--dtype") ? elements : Elements.of(saved.elements());
        rounding = isGiven("--rounding")
                ? rounding
                : saved.rounding().equals(Rounding.NEAREST) ? RoundingChoice.NEAREST : RoundingChoice.STOCHASTIC;
    }

    private boolean isGiven(final String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    /** Epochs and learning rate may be others than before. */
    private void checkSame(final TrainingPlan plan, final TrainingPlan saved, final Path resumed) {
        final List<String> own = plan.with(saved.epochs(), saved.learningRate()).arguments();
        final List<String> its = saved.arguments();
        check(
                spec,
                own.equals(its),
                "the options must be those of the checkpoint, but for --workers, --epochs and --learning-rate: file="
                        + resumed + ", given=" + own + ", the checkpoint's=" + its + "; leave them out to take its");
    }

    /** DL4J trains in float32 here, by its own updater, and not in mode ATOMIC. */
    private void checkFitsModel() {
        if (model instanceof Dl4jModel) {
            final String why = " must not be given with --model " + model.label() + ": ";
            check(spec, momentum == null, "--momentum" + why + "Adam trains it");
            check(spec, elements == Elements.FLOAT32, "--dtype" + why + "its parameters are float32");
            check(
                    spec,
                    mode != Mode.ATOMIC,
                    "--mode must be hogwild, locked or ordered with --model " + model.label()
                            + ": atomic can't update values and the state of Adam together");
        }
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
        final SegmentRoot root = Settings.fromProperties().root();
        final List<String> there = Stream.of(name, images).filter(root::holds).toList();
        if (!there.isEmpty()) {
            throw new SegmentExistsException("a segment of this name exists: " + String.join(", ", there)
                    + "; choose another name, or remove it with `bin/shmarrays rm " + String.join(" ", there)
                    + "` (`bin/shmarrays checkpoint NAME FILE` saves its values)");
        }
    }

    private boolean isStandardOutputAFile() {
        return Stream.of(json, save, page).anyMatch(file -> file != null && DurableFile.isStandardOutput(file));
    }
}
