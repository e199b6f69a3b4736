package org.shmarrays.spark.examples;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.shmarrays.examples.svm.SparseExamples;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.spark.HostTraining;
import org.shmarrays.spark.HostTrainingResult;
import org.shmarrays.update.Updates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/shmarrays sparse-svm --spark}: a sparse linear model, trained on many hosts by its features alone. */
@Command(
        name = "sparse-svm",
        description = "Train a support vector machine on generated sparse examples on many hosts.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:trained", "1:failed; standard error says why", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays sparse-svm --spark local-cluster --hosts 2",
            "  shmarrays sparse-svm --spark spark://HOST:7077 --hosts 4 --workers 8"
        })
final class SvmHostsCommand implements Callable<Integer> {
    private static final int BATCH_SIZE = 64;
    private static final int TEST_EXAMPLES = 5_000;
    private static final int MOST_EXAMPLES = 10_000_000;
    private static final int MOST_EPOCHS = 1_000_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HostOptions hosts;

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

    /** Trains; returns the exit code. */
    @Override
    public Integer call() throws Exception {
        hosts.check();
        checkCount(spec, "--examples", examples, MOST_EXAMPLES);
        checkCount(spec, "--epochs", epochs, MOST_EPOCHS);
        check(
                spec,
                Updates.isLearningRate(learningRate),
                "--learning-rate must be a positive number that fits into a float: " + learningRate);
        check(spec, !mode.takesTurns(), "--mode must be hogwild, atomic or locked: ordered");
        return HostApplication.run("sparse-svm", hosts, System.out, this::train);
    }

    private int train(final JavaSparkContext context) throws InterruptedException {
        final PrintStream out = System.out;
        out.printf(
                Locale.ROOT,
                "training on %,d examples: %s, mode %s%n",
                examples,
                hosts.summary(context.getConf()),
                mode.name().toLowerCase(Locale.ROOT));
        final JavaRDD<SparseExamples> batches = batches(context);
        final Broadcast<int[]> occurrences = context.broadcast(batches.treeAggregate(
                new int[SparseExamples.FEATURES],
                (sums, batch) -> sum(sums, batch.occurrences()),
                SvmHostsCommand::sum));
        final HostTrainingResult result = hosts.applyTo(
                        HostTraining.on(context)
                                .arrays(
                                        List.of(ArraySpec.of("w", FLOAT32, SparseExamples.FEATURES)
                                                .inMode(mode)),
                                        fresh -> {})
                                .sparse("w")
                                .data(batches)
                                .step(new SvmHostStep(occurrences, learningRate))
                                .seed(seed)
                                .epochs(epochs)
                                .whileTrue(round -> {
                                    out.println(RoundText.of(round, ""));
                                    return true;
                                }),
                        context.getConf())
                .run();
        final double accuracy = new SparseExamples(seed, examples, TEST_EXAMPLES)
                .accuracy((float[]) result.values().get("w"));
        out.printf(
                Locale.ROOT,
                "%.1f %% of %,d test examples correct after %d rounds and %,d examples%n",
                100 * accuracy,
                TEST_EXAMPLES,
                result.rounds().size(),
                result.samples());
        return 0;
    }

    /** Examples depend on their number alone, so each host makes its own. */
    private JavaRDD<SparseExamples> batches(final JavaSparkContext context) {
        final long exampleSeed = seed;
        final int count = examples;
        final List<Integer> first = IntStream.iterate(0, from -> from < count, from -> from + BATCH_SIZE)
                .boxed()
                .toList();
        return context.parallelize(first)
                .map(from -> new SparseExamples(exampleSeed, from, Math.min(BATCH_SIZE, count - from)));
    }

    private static int[] sum(final int[] sums, final int[] others) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += others[i];
        }
        return sums;
    }
}
