package org.shmarrays.spark.examples;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;
import static org.shmarrays.examples.OptionChecks.checkWritable;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.shmarrays.examples.mnist.Dl4jModel;
import org.shmarrays.layout.Mode;
import org.shmarrays.spark.HostTraining;
import org.shmarrays.spark.HostTrainingResult;
import org.shmarrays.spark.Round;
import org.shmarrays.update.Updates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code bin/shmarrays mnist --spark}: trains a DL4J model on MNIST on many hosts. */
@Command(
        name = "mnist",
        description = "Train a DL4J model on MNIST on many hosts: the workers of a host share its parameters, and the"
                + " hosts exchange them in rounds.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the target was reached, or there was none",
            "1:failed; standard error says why",
            "2:wrong usage",
            "3:the target was missed"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays mnist --spark local-cluster --hosts 2 --target-accuracy 0.97",
            "  shmarrays mnist --spark spark://HOST:7077 --hosts 4 --workers 8",
            "  shmarrays mnist --spark local-cluster --checkpoint-dir saved --checkpoint-every 5 --save mnist.zip",
            "  shmarrays mnist --spark local-cluster --checkpoint-dir saved --resume latest --hosts 3",
            "  shmarrays mnist --spark local-cluster --hosts 4 --combine delta:1.0,0.5"
        })
final class MnistHostsCommand implements Callable<Integer> {
    private static final int TARGET_MISSED = 3;
    private static final int MOST_EPOCHS = 1_000_000;
    private static final int MOST_IMAGES_A_STEP = 60_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HostOptions hosts;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            converter = ModelConverter.class,
            description = "dl4j-mlp, dl4j-cnn, lenet or samediff-mlp, trained with Adam (default: dl4j-mlp).",
            showDefaultValue = Visibility.NEVER)
    private Dl4jModel model = Dl4jModel.DL4J_MLP;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "How the workers of a host share the model: hogwild or locked.")
    private Mode mode = Mode.HOGWILD;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes of all hosts together over the training set.")
    private int epochs = 10;

    @Option(names = "--batch-size", paramLabel = "N", description = "Images per step.")
    private int batchSize = 64;

    @Option(names = "--learning-rate", paramLabel = "RATE", description = "Of Adam.")
    private double learningRate = 0.001;

    @Option(
            names = "--target-accuracy",
            paramLabel = "SHARE",
            description = "Stop when this share of the test images, such as 0.98, is classified correctly.")
    private Double targetAccuracy;

    @Option(
            names = "--evaluate-every",
            paramLabel = "ROUNDS",
            description = "Rounds between two evaluations on the test set, by one of the hosts while the others wait.")
    private int evaluateEvery = 2;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the initial values and the shuffles.")
    private long seed = 1;

    @Option(
            names = "--save",
            paramLabel = "PATH",
            description = "Write the trained model as DL4J saves it. A path of a Hadoop file system, such as"
                    + " hdfs://HOST/mnist.zip or mnist.zip.")
    private String save;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Directory of another data set in the four files of MNIST, gzipped or not; on each host.")
    private Path data;

    /** For {@code --model}. */
    static final class ModelConverter implements ITypeConverter<Dl4jModel> {
        @Override
        public Dl4jModel convert(final String label) {
            return Arrays.stream(Dl4jModel.values())
                    .filter(model -> model.label().equalsIgnoreCase(label))
                    .findAny()
                    .orElseThrow(() -> new TypeConversionException("expected one of "
                            + Arrays.stream(Dl4jModel.values())
                                    .map(Dl4jModel::label)
                                    .toList() + ", but was '" + label + "'"));
        }
    }

    /** Trains; returns the exit code. */
    @Override
    public Integer call() throws Exception {
        hosts.check();
        checkCount(spec, "--epochs", epochs, MOST_EPOCHS);
        checkCount(spec, "--batch-size", batchSize, MOST_IMAGES_A_STEP);
        checkCount(spec, "--evaluate-every", evaluateEvery, MOST_EPOCHS);
        check(
                spec,
                targetAccuracy == null || targetAccuracy > 0 && targetAccuracy <= 1,
                "--target-accuracy must be in (0, 1]: " + targetAccuracy);
        check(
                spec,
                Updates.isLearningRate(learningRate),
                "--learning-rate must be a positive number that fits into a float: " + learningRate);
        check(
                spec,
                mode == Mode.HOGWILD || mode == Mode.LOCKED,
                "--mode must be hogwild or locked: " + mode.name().toLowerCase(Locale.ROOT));
        checkSave();
        return HostApplication.run("mnist", hosts, System.out, this::train);
    }

    /** As far as this is known before the training. */
    private void checkSave() {
        if (save == null) {
            return;
        }
        try {
            final org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(save);
            final URI file =
                    path.getFileSystem(new Configuration()).makeQualified(path).toUri();
            if ("file".equals(file.getScheme())) {
                checkWritable(spec, "--save", Path.of(file.getPath()));
            }
        } catch (final IOException | IllegalArgumentException e) {
            check(spec, false, "--save must be a file that can be written: " + save + ": " + e.getMessage());
        }
    }

    private int train(final JavaSparkContext context) throws InterruptedException, IOException {
        final PrintStream out = System.out;
        final MnistBatches batches =
                new MnistBatches(data == null ? null : data.toAbsolutePath().toString());
        final int count = batches.count();
        out.printf(
                Locale.ROOT,
                "training %s on %,d images: %s, mode %s, batch %d, Adam with learning rate %s, seed %d%n",
                model.label(),
                count,
                hosts.summary(context.getConf()),
                mode.name().toLowerCase(Locale.ROOT),
                batchSize,
                learningRate,
                seed);
        final Object network = model.newModel(learningRate, seed);
        final HostTrainingResult result = hosts.applyTo(
                        HostTraining.on(context)
                                .network(network)
                                .inMode(mode)
                                .data(batches.rdd(context, count, batchSize, seed))
                                .seed(seed)
                                .epochs(epochs)
                                .evaluate(evaluateEvery, present -> Dl4jModel.accuracy(present, batches.test()))
                                .whileTrue(round -> {
                                    out.println(RoundText.of(round, "test accuracy"));
                                    return !isReached(round.evaluation());
                                }),
                        context.getConf())
                .run();
        if (save != null) {
            result.save(save);
        }
        final double last = result.rounds().isEmpty()
                ? Double.NaN
                : result.rounds().get(result.rounds().size() - 1).evaluation();
        final double accuracy = isReached(last) ? last : Dl4jModel.accuracy(network, batches.test());
        out.printf(
                Locale.ROOT,
                "test accuracy %.2f %% after %d rounds, %,d samples and %.1f s%n",
                100 * accuracy,
                result.rounds().size(),
                result.samples(),
                result.rounds().stream().mapToDouble(Round::seconds).sum());
        return targetAccuracy == null || isReached(accuracy) ? 0 : TARGET_MISSED;
    }

    private boolean isReached(final double accuracy) {
        return targetAccuracy != null && accuracy >= targetAccuracy;
    }
}
