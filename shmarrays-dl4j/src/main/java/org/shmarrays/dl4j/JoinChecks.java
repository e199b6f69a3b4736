package org.shmarrays.dl4j;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.stepfunctions.DefaultStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.GradientStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeDefaultStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeGradientStepFunction;
import org.deeplearning4j.nn.conf.stepfunctions.StepFunction;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;

/**
 * Refuses, before a segment exists, models that would not train on shared memory as DL4J trains them. Each message
 * names the layer and the parameter, or the variable, and the reason. Classes are compared exactly: a subclass might
 * compute something that is not element-wise, and would then change with where partitions begin.
 */
final class JoinChecks {
    private static final Set<Class<? extends IUpdater>> UPDATERS = Set.of(
            Sgd.class,
            NoOp.class,
            Nesterovs.class,
            AdaGrad.class,
            RmsProp.class,
            AdaDelta.class,
            Adam.class,
            AdaMax.class,
            Nadam.class,
            AMSGrad.class);
    private static final Set<Class<? extends Regularization>> REGULARIZATIONS =
            Set.of(L1Regularization.class, L2Regularization.class, WeightDecay.class);
    private static final Set<Class<? extends StepFunction>> STEP_FUNCTIONS = Set.of(
            NegativeGradientStepFunction.class,
            NegativeDefaultStepFunction.class,
            GradientStepFunction.class,
            DefaultStepFunction.class);
    private static final Set<DataType> NETWORK_TYPES = Set.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16);
    private static final Set<DataType> VARIABLE_TYPES = Set.of(DataType.FLOAT, DataType.DOUBLE);

    private JoinChecks() {}

    /**
     * Throws unless a network's own {@code fit} can train it on shared memory.
     *
     * @throws IllegalStateException if the network is not initialised
     * @throws IllegalArgumentException if its configuration asks for what can't be shared, or the mode can't do it
     */
    static void check(final MultiLayerNetwork network, final Mode mode) {
        checkInitialized(network.isInitCalled());
        check(network, NetworkParameter.of(network), mode);
        for (final ConstrainedLayer constrained : ConstrainedLayer.of(network)) {
            checkConstrained(network, Integer.toString(constrained.layer().getIndex()));
        }
    }

    /** {@link #check(MultiLayerNetwork, Mode)} for a graph. */
    static void check(final ComputationGraph graph, final Mode mode) {
        checkInitialized(graph.getVertices() != null);
        check(graph, NetworkParameter.of(graph), mode);
        for (final ConstrainedLayer constrained : ConstrainedLayer.of(graph)) {
            checkConstrained(graph, constrained.layer().conf().getLayer().getLayerName());
        }
    }

    /**
     * {@link #check(MultiLayerNetwork, Mode)} for a SameDiff graph.
     *
     * @throws IllegalStateException if the graph has no TrainingConfig, or has joined already
     */
    static void check(final SameDiff graph, final Mode mode) {
        final TrainingConfig config = graph.getTrainingConfig();
        if (config == null) {
            throw new IllegalStateException("the graph has no TrainingConfig; call its setTrainingConfig first");
        }
        if (config instanceof SharedTrainingConfig) {
            throw new IllegalStateException("the graph has joined a training already; close that one first");
        }
        final Set<String> variables = SameDiffVariable.names(graph);
        DataType type = null;
        long elementCount = 0;
        for (final String variable : variables) {
            final INDArray array = checkArray(graph, variable);
            if (type != null && array.dataType() != type) {
                throw refused(
                        "variable=" + Names.printable(variable),
                        "variables of different data types can't be trained on shared memory",
                        "type=" + array.dataType() + ", others=" + type + "; use one type, or freeze the others");
            }
            type = array.dataType();
            elementCount += array.length();
        }
        checkSize(elementCount);
        for (final String variable : variables) {
            final String where = "variable=" + Names.printable(variable);
            checkUpdater(config.getUpdater(), where, mode);
            checkRegularizations(
                    config.getRegularization() == null ? List.of() : config.getRegularization(), where, mode);
            checkOwnUpdater(graph, variable);
        }
    }

    private static INDArray checkArray(final SameDiff graph, final String variable) {
        final String where = "variable=" + Names.printable(variable);
        if (!graph.getVariablesArrays().hasArray(variable)) {
            throw refused(where, "the variable has no values yet", "give it an array before the graph joins");
        }
        final INDArray array = graph.getArrForVarName(variable);
        if (array.isEmpty()) {
            throw refused(where, "the variable has no elements", "shape=" + array.shapeInfoToString());
        }
        if (!VARIABLE_TYPES.contains(array.dataType())) {
            throw refused(
                    where,
                    "variables of this data type can't be trained on shared memory",
                    "type=" + array.dataType() + "; use FLOAT or DOUBLE, or freeze it");
        }
        if (array.ordering() == 'f'
                && Arrays.stream(array.shape()).filter(size -> size > 1).count() > 1) {
            throw refused(
                    where,
                    "DL4J adds updates to the wrong elements of variables in Fortran order",
                    "shape=" + Arrays.toString(array.shape()) + "; give it the array's dup('c')");
        }
        if (TrainingSegment.isReserved(variable)) {
            throw refused(where, "the variable has the name of another array of a training", "rename it");
        }
        Names.checkArrayName(variable);
        return array;
    }

    /** A graph's first fit makes its updaters, and DL4J goes on with these whatever its TrainingConfig says later. */
    private static void checkOwnUpdater(final SameDiff graph, final String variable) {
        if (!graph.isInitializedTraining()) {
            return;
        }
        final GradientUpdater<?> own = graph.getUpdaterMap().get(variable);
        final IUpdater configured = graph.getTrainingConfig().getUpdater();
        if (own == null || !configured.equals(own.getConfig())) {
            throw refused(
                    "variable=" + Names.printable(variable),
                    "DL4J trains the variable with another updater than its TrainingConfig has, because that was set,"
                            + " or the variable added, after the first fit",
                    "updater=" + (own == null ? null : own.getConfig()) + ", configured=" + configured
                            + "; save the graph without updater state, and load it");
        }
    }

    private static void checkInitialized(final boolean initialized) {
        if (!initialized) {
            throw new IllegalStateException("the network is not initialised; call its init first");
        }
    }

    private static void check(final Model network, final List<NetworkParameter> parameters, final Mode mode) {
        checkSize(network.params().length());
        checkType(network.params().dataType());
        checkSolver(network.conf());
        for (final NetworkParameter parameter : parameters) {
            final String where =
                    "layer=" + Names.printable(parameter.layer()) + ", parameter=" + Names.printable(parameter.key());
            checkUpdater(parameter.updater(), where, mode);
            checkRegularizations(parameter.regularizations(), where, mode);
        }
    }

    /** Throws unless this many parameters fit in one array. */
    static void checkSize(final long elementCount) {
        if (elementCount == 0) {
            throw new IllegalArgumentException("the model has no parameters to share");
        }
        if (elementCount > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the model has more parameters than an array has elements: parameters="
                    + elementCount + ", most=" + Integer.MAX_VALUE);
        }
    }

    private static void checkType(final DataType type) {
        if (!NETWORK_TYPES.contains(type)) {
            throw new IllegalArgumentException("networks of this data type can't be trained on shared memory: type="
                    + type + "; use dataType(DataType.FLOAT), DOUBLE or HALF");
        }
    }

    /** DL4J constrains the model's own parameters, which are of 16 bits; the shared values are computed in float32. */
    private static void checkConstrained(final Model network, final String layer) {
        final DataType type = network.params().dataType();
        if (type == DataType.FLOAT16) {
            throw refused(
                    "layer=" + Names.printable(layer),
                    "constraints of 16-bit networks can't be shared, because DL4J computes them from rounded"
                            + " parameters",
                    "type=" + type + "; use dataType(DataType.FLOAT), or no constraints");
        }
    }

    private static void checkSolver(final NeuralNetConfiguration conf) {
        if (conf.getOptimizationAlgo() != OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT) {
            throw new IllegalArgumentException("this optimization algorithm searches along a line, which needs"
                    + " parameters that no other worker changes: optimizationAlgo=" + conf.getOptimizationAlgo()
                    + "; use STOCHASTIC_GRADIENT_DESCENT");
        }
        final StepFunction step = conf.getStepFunction();
        if (step != null && !STEP_FUNCTIONS.contains(step.getClass())) {
            throw new IllegalArgumentException("step functions of this class are unknown, and may not be element-wise:"
                    + " stepFunction=" + name(step) + "; known=" + names(STEP_FUNCTIONS));
        }
    }

    private static void checkUpdater(final IUpdater updater, final String where, final Mode mode) {
        if (updater.getClass() == AdaBelief.class) {
            throw refused(
                    where,
                    "ND4J's AdaBelief fails when it is created, with or without shared memory",
                    "updater=" + name(updater) + "; use Adam");
        }
        if (!UPDATERS.contains(updater.getClass())) {
            throw refused(
                    where,
                    "updaters of this class are unknown, and may not be element-wise",
                    "updater=" + name(updater) + "; known=" + names(UPDATERS));
        }
        if (mode.comparesAndSets() && updater.stateSize(1) > 0) {
            throw refused(
                    where,
                    "mode ATOMIC can't update values and optimizer state together",
                    "updater=" + name(updater) + "; use Sgd, or mode LOCKED");
        }
    }

    private static void checkRegularizations(
            final List<Regularization> regularizations, final String where, final Mode mode) {
        for (final Regularization regularization : regularizations) {
            checkRegularization(regularization, where, mode);
        }
    }

    private static void checkRegularization(final Regularization regularization, final String where, final Mode mode) {
        if (!REGULARIZATIONS.contains(regularization.getClass())) {
            throw refused(
                    where,
                    "regularisations of this class are unknown, and may not be element-wise",
                    "regularization=" + name(regularization) + "; known=" + names(REGULARIZATIONS));
        }
        if (mode.comparesAndSets()) {
            throw refused(
                    where,
                    "mode ATOMIC can't regularise by values that others change meanwhile",
                    "regularization=" + name(regularization) + "; use mode LOCKED");
        }
    }

    private static IllegalArgumentException refused(final String where, final String reason, final String details) {
        return new IllegalArgumentException(reason + ": " + where + ", " + details);
    }

    private static String name(final Object configured) {
        return configured.getClass().getName();
    }

    private static String names(final Set<? extends Class<?>> classes) {
        return classes.stream().map(Class::getSimpleName).sorted().collect(Collectors.joining(", "));
    }
}
