package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.AbstractThrowableAssert;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeGradientStepFunction;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.shmarrays.layout.Mode;

class JoinChecksTest {
    private static NeuralNetConfiguration.Builder builder(final IUpdater updater) {
        return Networks.builder(DataType.FLOAT, updater);
    }

    private static MultiLayerNetwork initialized(final MultiLayerConfiguration conf) {
        final MultiLayerNetwork network = new MultiLayerNetwork(conf);
        network.init();
        return network;
    }

    private static MultiLayerNetwork network(final NeuralNetConfiguration.Builder builder) {
        return initialized(Networks.dense(builder, 2, 3, 2));
    }

    private static ComputationGraph graph(final IUpdater updater) {
        final ComputationGraph graph = new ComputationGraph(builder(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer(
                        "hid\u202eden",
                        new DenseLayer.Builder().nIn(2).nOut(3).updater(updater).build(),
                        "in")
                .addLayer("out", Networks.output(3, 2), "hid\u202eden")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            final MultiLayerNetwork network, final Mode mode) {
        return assertThatThrownBy(() -> JoinChecks.check(network, mode)).isInstanceOf(IllegalArgumentException.class);
    }

    /** As a user might write one. */
    static final class OwnUpdater extends Sgd {
        private static final long serialVersionUID = 1;

        OwnUpdater() {
            super(0.1);
        }

        @Override
        public Sgd clone() {
            return new OwnUpdater();
        }
    }

    static final class OwnRegularization extends L2Regularization {
        private static final long serialVersionUID = 1;

        OwnRegularization() {
            super(0.1);
        }

        @Override
        public OwnRegularization clone() {
            return new OwnRegularization();
        }
    }

    static final class OwnStepFunction extends NegativeGradientStepFunction {
        private static final long serialVersionUID = 1;
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldAcceptNetworksOfAllKinds(final Mode mode) {
        Configurations.models(DataType.DOUBLE)
                .forEach((name, model) -> assertThatCode(() -> {
                            if (model instanceof MultiLayerNetwork network) {
                                JoinChecks.check(network, mode);
                            } else {
                                JoinChecks.check((ComputationGraph) model, mode);
                            }
                        })
                        .as(name)
                        .doesNotThrowAnyException());
    }

    @Test
    void shouldRefuseAdaBelief() {
        assertRefused(network(builder(new AdaBelief(0.1))), Mode.LOCKED)
                .hasMessage("ND4J's AdaBelief fails when it is created, with or without shared memory: layer=0,"
                        + " parameter=W, updater=org.nd4j.linalg.learning.config.AdaBelief; use Adam");
    }

    @Test
    void shouldRefuseUnknownUpdaterByLayerAndParameter() {
        final MultiLayerNetwork network = initialized(builder(new Adam(0.1))
                .list()
                .layer(new DenseLayer.Builder().nIn(2).nOut(3).build())
                .layer(new DenseLayer.Builder()
                        .nIn(3)
                        .nOut(3)
                        .biasUpdater(new OwnUpdater())
                        .build())
                .layer(Networks.output(3, 2))
                .build());

        assertRefused(network, Mode.HOGWILD)
                .hasMessage("updaters of this class are unknown, and may not be element-wise: layer=1, parameter=b,"
                        + " updater=org.shmarrays.dl4j.JoinChecksTest$OwnUpdater; known=AMSGrad, AdaDelta, AdaGrad,"
                        + " AdaMax, Adam, Nadam, Nesterovs, NoOp, RmsProp, Sgd");
    }

    @Test
    void shouldRefuseUnknownRegularizationByLayerAndParameter() {
        assertRefused(
                        network(builder(new Sgd(0.1)).regularization(java.util.List.of(new OwnRegularization()))),
                        Mode.LOCKED)
                .hasMessage("regularisations of this class are unknown, and may not be element-wise: layer=0,"
                        + " parameter=W, regularization=org.shmarrays.dl4j.JoinChecksTest$OwnRegularization;"
                        + " known=L1Regularization, L2Regularization, WeightDecay");
    }

    @Test
    void shouldRefuseUnknownStepFunction() {
        final MultiLayerNetwork network = network(builder(new Sgd(0.1)));
        network.conf().setStepFunction(new OwnStepFunction());

        assertRefused(network, Mode.LOCKED)
                .hasMessage("step functions of this class are unknown, and may not be element-wise:"
                        + " stepFunction=org.shmarrays.dl4j.JoinChecksTest$OwnStepFunction;"
                        + " known=DefaultStepFunction, GradientStepFunction, NegativeDefaultStepFunction,"
                        + " NegativeGradientStepFunction");
    }

    @ParameterizedTest
    @EnumSource(
            value = OptimizationAlgorithm.class,
            names = {"LBFGS", "CONJUGATE_GRADIENT", "LINE_GRADIENT_DESCENT"})
    void shouldRefuseLineSearch(final OptimizationAlgorithm algorithm) {
        assertRefused(network(builder(new Sgd(0.1)).optimizationAlgo(algorithm)), Mode.LOCKED)
                .hasMessageContaining("optimizationAlgo=" + algorithm + "; use STOCHASTIC_GRADIENT_DESCENT");
    }

    @Test
    void shouldRefuseStateAndRegularizationInModeAtomic() {
        assertRefused(network(builder(new Adam(0.1))), Mode.ATOMIC)
                .hasMessage("mode ATOMIC can't update values and optimizer state together: layer=0, parameter=W,"
                        + " updater=org.nd4j.linalg.learning.config.Adam; use Sgd, or mode LOCKED");
        assertRefused(network(builder(new Sgd(0.1)).weightDecay(0.1)), Mode.ATOMIC)
                .hasMessage("mode ATOMIC can't regularise by values that others change meanwhile: layer=0,"
                        + " parameter=W, regularization=org.nd4j.linalg.learning.regularization.WeightDecay;"
                        + " use mode LOCKED");
        assertThatCode(() -> JoinChecks.check(network(builder(new Sgd(0.1))), Mode.ATOMIC))
                .doesNotThrowAnyException();
    }

    @Test
    void shouldNameVertexOfGraph() {
        assertThatThrownBy(() -> JoinChecks.check(graph(new OwnUpdater()), Mode.LOCKED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer=hid\\u202eden, parameter=W");
        assertThatThrownBy(() -> JoinChecks.check(graph(new Adam(0.1)), Mode.ATOMIC))
                .hasMessageContaining("layer=hid\\u202eden, parameter=W");
    }

    @Test
    void shouldRefuseNetworkThatIsNotInitialized() {
        final MultiLayerNetwork network = new MultiLayerNetwork(Networks.dense(builder(new Sgd(0.1)), 2, 3, 2));
        final ComputationGraph graph = new ComputationGraph(builder(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer("out", Networks.output(2, 2), "in")
                .setOutputs("out")
                .build());

        assertThatThrownBy(() -> JoinChecks.check(network, Mode.LOCKED))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the network is not initialised; call its init first");
        assertThatThrownBy(() -> JoinChecks.check(graph, Mode.LOCKED)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldRefuseNetworksOfTypesThatDl4jItselfRefuses() {
        final MultiLayerConfiguration configuration = Networks.dense(builder(new Sgd(0.1)), 2, 3, 2);
        configuration.setDataType(DataType.BFLOAT16);

        assertRefused(initialized(configuration), Mode.LOCKED)
                .hasMessageContaining("type=BFLOAT16; use dataType(DataType.FLOAT), DOUBLE or HALF");
    }

    @Test
    void shouldRefuseMoreParametersThanAnArrayHasElements() {
        assertThatThrownBy(() -> JoinChecks.checkSize(1L << 31))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the model has more parameters than an array has elements: parameters=2147483648,"
                        + " most=2147483647");
        assertThatThrownBy(() -> JoinChecks.checkSize(0)).hasMessage("the model has no parameters to share");
    }
}
