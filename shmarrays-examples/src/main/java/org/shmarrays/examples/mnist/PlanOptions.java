package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.OptionChecks.check;
import static org.shmarrays.examples.OptionChecks.checkCount;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.update.Updates;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of {@code mnist} that say what is trained, and how: those of a {@link TrainingPlan}. */
final class PlanOptions {
    private static final int MOST_EPOCHS = 1_000_000;
    private static final int MOST_IMAGES_A_STEP = 60_000;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

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
            names = "--data",
            paramLabel = "DIR",
            description = "Directory of another data set in the four files of MNIST, gzipped or not.")
    private Path data;

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

    /** Options that are not given are those of the training that goes on. */
    void takeFrom(final TrainingPlan saved) {
        model = isGiven("--model") ? model : saved.model();
        mode = isGiven("--mode") ? mode : saved.mode();
        epochs = isGiven("--epochs") ? epochs : saved.epochs();
        batchSize = isGiven("--batch-size") ? batchSize : saved.batchSize();
        learningRate = isGiven("--learning-rate") ? learningRate : Double.valueOf(saved.learningRate());
        momentum = isGiven("--momentum") || saved.model() instanceof Dl4jModel
                ? momentum
                : Double.valueOf(saved.momentum());
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

    /** What the options say, if they make sense. */
    TrainingPlan plan() {
        checkCount(spec, "--epochs", epochs, MOST_EPOCHS);
        checkCount(spec, "--batch-size", batchSize, MOST_IMAGES_A_STEP);
        final double rate = learningRate == null ? model.learningRate() : learningRate;
        final double mu = momentum == null ? model.momentum() : momentum;
        check(
                spec,
                Updates.isLearningRate(rate),
                "--learning-rate must be a positive number that fits into a float: " + rate);
        check(spec, mu >= 0 && mu < 1, "--momentum must be in [0, 1): " + mu);
        checkFitsModel();
        check(
                spec,
                rounding == RoundingChoice.NEAREST || elements != Elements.FLOAT32,
                "--rounding stochastic must be used with --dtype bfloat16 or float16");
        return new TrainingPlan(
                model,
                mode,
                epochs,
                batchSize,
                rate,
                mu,
                seed,
                elements.type,
                rounding == RoundingChoice.NEAREST ? Rounding.NEAREST : Rounding.stochastic(seed),
                data == null ? null : data.toAbsolutePath());
    }

    /** DL4J trains in float32 here, by its own updater, and not in mode ATOMIC. */
    private void checkFitsModel() {
        if (model instanceof Dl4jModel) {
            final String why = " must not be given with --model " + model.label() + ": ";
            check(spec, momentum == null, "--momentum" + why + "Adam trains it");
            check(spec, elements == Elements.FLOAT32, "--dtype" + why + "its parameters are float32");
            check(
                    spec,
                    !mode.comparesAndSets(),
                    "--mode must be hogwild, locked or ordered with --model " + model.label()
                            + ": atomic can't update values and the state of Adam together");
        }
    }
}
