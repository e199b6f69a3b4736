package org.shmarrays.examples.svm;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.Launcher;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.launch.Scaling;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.tensorboard.SegmentLog;
import org.shmarrays.update.Updates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
        exitCodeList = {"0:trained", "1:failed; standard error says why", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays sparse-svm --workers 2",
            "  shmarrays sparse-svm --workers 2 --mode locked",
            "  shmarrays sparse-svm --data rcv1_train.binary.bz2 --test rcv1_test.binary.bz2",
            "  shmarrays sparse-svm --workers 2 --epochs 500 --name svm, and meanwhile: shmarrays scale svm 4",
            "  shmarrays sparse-svm --log-to tensorboard:logs/svm",
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
    private String segmentName = "svm-" + ProcessHandle.current().pid();

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
    private LogOptions logOptions = new LogOptions();

    /** Trains; returns the exit code. */
    @Override
    public Integer call() throws InterruptedException {
        checkCount(spec, "--workers", workers, SegmentLayout.MAX_SLOT_COUNT - 1);
        checkCount(spec, "--examples", examples, MOST_EXAMPLES);
        checkCount(spec, "--epochs", epochs, MOST_EPOCHS);
        check(
                spec,
                Updates.isLearningRate(learningRate),
                "--learning-rate must be a positive number that fits into a float: " + learningRate);
        check(spec, mode != Mode.ORDERED, "--mode must be hogwild, atomic or locked: ordered");
        checkFiles();
        final String name = segmentName();
        final Settings settings = settings();
        if (data == null) {
            return train(name, settings, SparseExamples.FEATURES, examples, weights -> {
                final double accuracy = new SparseExamples(seed, examples, TEST_EXAMPLES).accuracy(weights);
                return told(accuracy, TEST_EXAMPLES + " test examples");
            });
        }
        final SharedExamples.Summary summary = SharedExamples.Summary.of(data);
        try (RemovalAtEnd removal = SharedExamples.removalAtEnd(name, settings)) {
            SharedExamples.load(data, summary, removal);
            return train(name, settings, summary.featureCount(), summary.count(), weights -> {
                if (test == null) {
                    return told(SharedExamples.attach(name).accuracy(weights), "the training examples");
                }
                return told(SharedExamples.accuracy(test, summary.labels(), weights), "the test examples");
            });
        }
    }

    private void checkFiles() {
        if (data == null) {
            check(spec, test == null, "--test must stand beside --data: " + test);
            return;
        }
        for (final String option : List.of("--examples", "--seed")) {
            check(
                    spec,
                    !spec.commandLine().getParseResult().hasMatchedOption(option),
                    option + " must not stand beside --data, which has the examples");
        }
        checkReadable("--data", data);
        checkReadable("--test", test == null ? data : test);
        final String name = segmentName();
        check(
                spec,
                Names.withData(name).size() == 2,
                "--name must leave room for the name of the data's segment: " + name);
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
            final String name,
            final Settings settings,
            final int featureCount,
            final int exampleCount,
            final Function<float[], String> test)
            throws InterruptedException {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("w", FLOAT32, featureCount).inMode(mode),
                WorkTable.spec(1, SvmWorker.batches(exampleCount)));
        final List<String> arguments =
                new ArrayList<>(List.of(Integer.toString(epochs), Double.toString(learningRate)));
        if (data == null) {
            arguments.addAll(List.of(Long.toString(seed), Integer.toString(examples)));
        }
        final Launcher launcher = Launcher.ofMainClass(SvmWorker.class.getName(), arguments.toArray(String[]::new))
                .workers(workers)
                .segmentName(name)
                .jvmArgument("-XX:+UseSerialGC");
        final long beganNs = System.nanoTime();
        try (RemovalAtEnd removal = RemovalAtEnd.ofCreated(name, settings);
                ShmArrays params = removal.create(specs, arrays -> {});
                SegmentLog log = logOptions.start(name, settings, SvmCommand::say);
                WorkerGroup group = launcher.launch();
                Scaling scaling = new Scaling(group, settings)) {
            removal.after(group);
            final GroupResult result = scaling.awaitEnd();
            if (!result.isSuccess()) {
                throw new IllegalStateException(result.failure());
            }
            params.checkPresent();
            final long left = WorkTable.left(params, epochs);
            if (left > 0 && !params.runControl().isStopped()) {
                throw new IllegalStateException("the workers ended and left " + left + " batches of examples");
            }
            final double seconds = (System.nanoTime() - beganNs) / (double) TimeUnit.SECONDS.toNanos(1);
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%d workers, %s: %d examples in %.1f s including the start, %s%n",
                            workers,
                            mode.name().toLowerCase(Locale.ROOT),
                            params.runControl().samples(),
                            seconds,
                            test.apply(weights(params)));
            return log != null && log.isIncomplete() ? 1 : 0;
        }
    }

    private static void say(final String message) {
        System.err.println("shmarrays: " + message);
    }

    private String segmentName() {
        try {
            return Names.checkSegmentName(segmentName);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--name must be the name of a segment: " + e.getMessage(), e);
        }
    }

    private Settings settings() {
        final Settings settings = Settings.fromProperties();
        return settings.withSlots(
                Math.min(SegmentLayout.MAX_SLOT_COUNT, Math.max(settings.slotCount(), workers + SPARE_SLOTS)));
    }

    private static float[] weights(final ShmArrays params) {
        final float[] weights = new float[params.array("w").elementCount()];
        params.array("w").readInto(weights);
        return weights;
    }
}
