package org.shmarrays.examples.svm;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;
import static org.shmarrays.examples.OptionChecks.checked;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.examples.CheckpointOptions;
import org.shmarrays.examples.LaunchedTraining;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.examples.TrainingBeginning;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.tensorboard.SegmentLog;
import org.shmarrays.update.Updates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/shmarrays sparse-svm}: a sparse linear model, trained by worker processes by its features alone. */
@Command(
        name = "sparse-svm",
        description = {
            "Train a support vector machine on sparse examples, with gather and scatterAdd. They are generated, or read"
                    + " from a file of the LIBSVM format, plain or packed by gzip or bzip2, into shared memory, where"
                    + " all workers read them.",
            "With --spark MASTER_URL or --spark local-cluster on several hosts: `sparse-svm --spark local-cluster"
                    + " --help` shows the options for that."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:trained",
            "1:failed; standard error says why",
            "2:wrong usage",
            "130:ended in order after Ctrl-C (143: after SIGTERM)"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays sparse-svm --workers 2",
            "  shmarrays sparse-svm --workers 2 --mode locked",
            "  shmarrays sparse-svm --data rcv1_train.binary.bz2 --test rcv1_test.binary.bz2",
            "  shmarrays sparse-svm --workers 2 --epochs 500 --name svm, and meanwhile: shmarrays scale svm 4",
            "  shmarrays sparse-svm --log-to tensorboard:logs/svm",
            "  shmarrays sparse-svm --name svm --epochs 500 --checkpoint-every 5m --checkpoint-dir saved",
            "  shmarrays sparse-svm --resume latest --checkpoint-dir saved --workers 3",
            "  shmarrays sparse-svm --name svm --leftover resume --checkpoint-dir saved",
            "  shmarrays sparse-svm --spark local-cluster --hosts 2"
        })
public final class SvmCommand implements Callable<Integer> {
    private static final int TEST_EXAMPLES = 5_000;
    private static final int MOST_EXAMPLES = 10_000_000;
    private static final int MOST_EPOCHS = 1_000_000;

    /** For workers that are added, and for tools. */
    private static final int SPARE_SLOTS = 16;

    @Spec
    private CommandSpec spec;

    @Option(names = "--workers", paramLabel = "N", description = "Number of worker processes (default: one per core).")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(names = "--mode", paramLabel = "MODE", description = "Mode of the array: hogwild, atomic or locked.")
    private Mode mode = Mode.HOGWILD;

    @Option(names = "--examples", paramLabel = "N", description = "Number of training examples.")
    private int examples = 50_000;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training examples.")
    private int epochs = 5;

    @Option(names = "--learning-rate", paramLabel = "RATE", description = "Step size of the first pass.")
    private double learningRate = 0.5;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the examples.")
    private long seed = 1;

    @Option(
            names = "--name",
            paramLabel = "SEGMENT",
            description = "Name of the segment (default: svm- and the process id). It is removed at the end.")
    private String segmentName;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Train on the examples of this file, with two labels and at least one feature.")
    private Path data;

    @Option(
            names = "--test",
            paramLabel = "FILE",
            description = "With --data: test on the examples of this file (default: on the training examples).")
    private Path test;

    @Mixin
    private CheckpointOptions checkpoints = new CheckpointOptions();

    @Mixin
    private LogOptions logOptions = new LogOptions();

    /** Trains; returns the exit code. */
    @Override
    public Integer call() throws InterruptedException {
        final TrainingBeginning beginning = checked(spec, "", () -> checkpoints.beginning(segmentName, "svm"));
        final Path resumed = beginning.checkpoint();
        final SvmPlan saved = resumed == null ? null : checked(spec, "--resume: ", () -> SvmPlan.ofCheckpoint(resumed));
        checkFiles(resumed);
        if (saved != null) {
            takeFrom(saved);
        }
        checkCount(spec, "--workers", workers, Settings.MAX_SLOTS - 1);
        if (data == null) {
            checkCount(spec, "--examples", examples, MOST_EXAMPLES);
        } else {
            checkReadable("--data", data);
        }
        checkCount(spec, "--epochs", epochs, MOST_EPOCHS);
        check(
                spec,
                Updates.isLearningRate(learningRate),
                "--learning-rate must be a positive number that fits into a float: " + learningRate);
        check(spec, !mode.takesTurns(), "--mode must be hogwild, atomic or locked: ordered");
        final SvmPlan plan =
                new SvmPlan(mode, epochs, learningRate, seed, examples, data == null ? null : data.toAbsolutePath());
        if (saved != null) {
            checkSame(plan, saved, resumed);
        }
        checkName(beginning.name());
        check(spec, () -> beginning.saving().check(beginning.name(), resumed));
        beginning.clear(Settings.fromProperties());
        return train(plan, beginning);
    }

    /** Options that are not given are those of the training that goes on. */
    private void takeFrom(final SvmPlan saved) {
        mode = isGiven("--mode") ? mode : saved.mode();
        epochs = isGiven("--epochs") ? epochs : saved.epochs();
        learningRate = isGiven("--learning-rate") ? learningRate : saved.learningRate();
        seed = isGiven("--seed") ? seed : saved.seed();
        examples = isGiven("--examples") ? examples : saved.examples();
        data = isGiven("--data") ? data : saved.data();
    }

    private boolean isGiven(final String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private void checkSame(final SvmPlan plan, final SvmPlan saved, final Path resumed) {
        plan.differenceFrom(saved)
                .ifPresent(difference -> check(
                        spec,
                        false,
                        "--resume must be with the options of the checkpoint, but for --workers, --epochs and"
                                + " --learning-rate: file=" + resumed + ", --" + difference
                                + "; leave the option out to take what the checkpoint keeps"));
    }

    private int train(final SvmPlan plan, final TrainingBeginning beginning) throws InterruptedException {
        final Settings settings = settings();
        if (plan.data() == null) {
            return train(
                    plan, beginning, settings, SparseExamples.FEATURES, examples, plan.resumePlan(null), weights -> {
                        final double accuracy = new SparseExamples(seed, examples, TEST_EXAMPLES).accuracy(weights);
                        return told(accuracy, TEST_EXAMPLES + " test examples");
                    });
        }
        final SharedExamples.Summary summary = SharedExamples.Summary.of(plan.data());
        final ResumePlan kept = plan.resumePlan(summary.fingerprint());
        try (RemovalAtEnd removal = SharedExamples.removalAtEnd(beginning.name(), settings)) {
            SharedExamples.load(plan.data(), summary, removal);
            return train(plan, beginning, settings, summary.featureCount(), summary.count(), kept, weights -> {
                if (test == null) {
                    return told(SharedExamples.attach(beginning.name()).accuracy(weights), "the training examples");
                }
                return told(SharedExamples.accuracy(test, summary.labels(), weights), "the test examples");
            });
        }
    }

    private void checkFiles(final Path resumed) {
        if (data == null) {
            check(spec, test == null || resumed != null, "--test must stand beside --data: " + test);
        } else {
            for (final String option : List.of("--examples", "--seed")) {
                check(spec, !isGiven(option), option + " must not stand beside --data, which has the examples");
            }
        }
        if (test != null) {
            checkReadable("--test", test);
        }
    }

    private void checkReadable(final String option, final Path file) {
        check(spec, Files.isReadable(file) && !Files.isDirectory(file), option + " must be a file: " + file);
    }

    private static String told(final double accuracy, final String what) {
        return String.format(Locale.ROOT, "%.1f %% of %s correct", 100 * accuracy, what);
    }

    /**
     * Trains; returns the exit code.
     *
     * @param test says, of the weights, how good they are
     */
    private int train(
            final SvmPlan plan,
            final TrainingBeginning beginning,
            final Settings settings,
            final int featureCount,
            final int exampleCount,
            final ResumePlan kept,
            final Function<float[], String> test)
            throws InterruptedException {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("w", FLOAT32, featureCount).inMode(mode),
                WorkTable.spec(1, SvmWorker.batches(exampleCount)));
        final Launcher launcher = Launcher.ofMainClass(
                        SvmWorker.class.getName(), plan.arguments().toArray(String[]::new))
                .workers(workers)
                .segmentName(beginning.name())
                .jvmArgument("-XX:+UseSerialGC");
        final long beganNs = System.nanoTime();
        final LaunchedTraining training = new LaunchedTraining(
                launcher,
                settings,
                new LaunchedTraining.Content(specs, fresh -> {}),
                kept,
                beginning.saving(),
                beginning.checkpoint());
        final PrintWriter out = spec.commandLine().getOut();
        if (beginning.checkpoint() != null) {
            out.println("resumed after " + training.arrays().runControl().samples() + " examples");
            out.flush();
        }
        final SegmentLog log = logOptions.start(beginning.name(), settings, SvmCommand::say);
        return training.awaitEnd(
                epochs,
                log,
                out,
                () -> out.printf(
                        Locale.ROOT,
                        "%d workers, %s: %d examples in %.1f s including the start, %s%n",
                        workers,
                        mode.name().toLowerCase(Locale.ROOT),
                        training.arrays().runControl().samples(),
                        (System.nanoTime() - beganNs) / (double) TimeUnit.SECONDS.toNanos(1),
                        test.apply(weights(training.arrays()))));
    }

    private static void say(final String message) {
        System.err.println("shmarrays: " + message);
    }

    private void checkName(final String name) {
        checked(spec, "--name must be the name of a segment: ", () -> {
            Names.checkSegmentName(name);
            if (data != null && Names.withData(name).size() != 2) {
                throw new IllegalArgumentException("there is no room for the name of the data's segment: " + name);
            }
            return name;
        });
    }

    private Settings settings() {
        final Settings settings = Settings.fromProperties();
        return settings.withSlots(Math.min(Settings.MAX_SLOTS, Math.max(settings.slotCount(), workers + SPARE_SLOTS)));
    }

    private static float[] weights(final ShmArrays params) {
        final float[] weights = new float[params.array("w").elementCount()];
        params.array("w").readInto(weights);
        return weights;
    }
}
