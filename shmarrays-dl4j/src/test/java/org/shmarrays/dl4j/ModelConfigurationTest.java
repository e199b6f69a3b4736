package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.dl4j.ModelConfiguration.Kind;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Which models may train in a segment. */
class ModelConfigurationTest {
    @TempDir
    private Path directory;

    private static MultiLayerNetwork network(final UnaryOperator<NeuralNetConfiguration.Builder> changes) {
        final NeuralNetConfiguration.Builder builder =
                changes.apply(Networks.builder(DataType.DOUBLE, new Adam(0.05)).l2(0.01));
        return Trained.network(Networks.dense(builder, Configurations.INPUTS, 6, Configurations.CLASSES));
    }

    private SharedTraining join(final MultiLayerNetwork network, final int rank) {
        return SharedTraining.join(network, Trained.options(directory, Mode.LOCKED, Worker.of(rank, 2)));
    }

    /** All of the same shapes. */
    static Stream<Arguments> others() {
        return Stream.of(
                change("/confs/0/layer/iupdater/learningRate: 0.04, 0.05", b -> b.updater(new Adam(0.04))),
                change("/confs/0/layer/iupdater/@class", b -> b.updater(new Sgd(0.05))),
                change("/activationFn/@class", b -> b.activation(Activation.RELU)),
                change("regularization", b -> b.l2(0.02)),
                change("regularization", b -> b.l1(0.01)),
                change("/minimize: false, true", b -> b.minimize(false)),
                change("/miniBatch: false, true", b -> b.miniBatch(false)),
                change("idropout", b -> b.dropOut(0.5)),
                change("gradientNormalization", b -> b.gradientNormalization(GradientNormalization.ClipL2PerLayer)));
    }

    private static Arguments change(
            final String difference, final UnaryOperator<NeuralNetConfiguration.Builder> changes) {
        return Arguments.of(difference, changes);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("others")
    void shouldRefuseAnotherModelOfTheSameShapes(
            final String difference, final UnaryOperator<NeuralNetConfiguration.Builder> changes) {
        final MultiLayerNetwork other = network(changes);
        try (SharedTraining training = join(network(b -> b), 0)) {
            assertThatThrownBy(() -> join(other, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("another model trains in the segment: segment=training, first difference"
                            + " (this model's, the segment's): /")
                    .hasMessageContaining(difference)
                    .hasMessageEndingWith(
                            "; give the same configuration in all workers, or use a segment of another name");
            assertThat(training.iteration()).isZero();
        }
        other.fit(Trained.batch(0));
        assertThat(other.getIterationCount()).isEqualTo(1);
    }

    @Test
    void shouldAcceptTheSameModelElsewhereInItsTraining() {
        final MultiLayerNetwork other = network(
                b -> b.seed(5).trainingWorkspaceMode(WorkspaceMode.NONE).inferenceWorkspaceMode(WorkspaceMode.NONE));
        other.fit(Trained.iterator(12));
        final MultiLayerNetwork first = network(b -> b);
        first.fit(Trained.batch(0));
        try (SharedTraining training = join(first, 0);
                SharedTraining joined = join(other, 1)) {
            assertThat(Trained.parameters(other)).isEqualTo(Trained.parameters(first));
            assertThat(other.getIterationCount()).isEqualTo(1);
            assertThat(other.getEpochCount()).isZero();
            assertThat(joined.iteration()).isEqualTo(training.iteration()).isEqualTo(1);
            assertThat(Trained.state(other)).isEqualTo(Trained.state(first));
        }
    }

    @Test
    void shouldRefuseAGraphOfTheSameParameters() {
        final ComputationGraph graph = Trained.graph(Trained.denseGraph(new Adam(0.05)));
        final MultiLayerNetwork network = Trained.network(Trained.dense(new Adam(0.05)));
        try (SharedTraining training = join(network, 0)) {
            assertThatThrownBy(
                            () -> SharedTraining.join(graph, Trained.options(directory, Mode.LOCKED, Worker.of(1, 2))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(training.iteration()).isZero();
        }
    }

    private static ComputationGraphConfiguration vertexOf(final int inputs) {
        return Networks.builder(DataType.DOUBLE, new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer("seed", new DenseLayer.Builder().nIn(inputs).nOut(6).build(), "in")
                .addLayer("out", Networks.output(6, 2), "seed")
                .setOutputs("out")
                .build();
    }

    /** A vertex has the name of what may differ. */
    @Test
    void shouldCompareVerticesOfAnyName() {
        final ModelConfiguration five =
                ModelConfiguration.of(Kind.COMPUTATION_GRAPH, vertexOf(5).toJson());
        final ModelConfiguration four =
                ModelConfiguration.of(Kind.COMPUTATION_GRAPH, vertexOf(4).toJson());

        assertThat(five.differenceFrom(four)).startsWith("/vertices/seed/").endsWith(": 5, 4");
        assertThat(ComputationGraphConfiguration.fromJson(five.json()).getVertices())
                .containsKey("seed");
    }

    @Test
    void shouldDecodeWhatItEncodes() {
        final ByteBuffer graph = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5});
        for (final String json : new String[] {"{}", "{\"a\":1}", "{\"ä\":\"€\"}", "[12345]", "[1234567]"}) {
            final ModelConfiguration alone = new ModelConfiguration(Kind.COMPUTATION_GRAPH, json, null);
            final ModelConfiguration withGraph = new ModelConfiguration(Kind.SAME_DIFF, json, graph);
            assertThat(ModelConfiguration.decoded(alone.encoded())).isEqualTo(alone);
            assertThat(ModelConfiguration.decoded(withGraph.encoded())).isEqualTo(withGraph);
        }
    }

    @Test
    void shouldRefuseWhatIsNoConfiguration() {
        final int[][] wrong = {
            {}, {0, 0}, {-1, 0, 0}, {3, 0, 0}, {0, -1, 0}, {0, 0, -1}, {0, 1, 0}, {0, 5, 0, 0}, {0, 2, 3, 0}
        };
        for (final int[] words : wrong) {
            assertThatThrownBy(() -> ModelConfiguration.decoded(words))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no configuration of a model: words=" + words.length);
        }
    }

    @Test
    void shouldReadTheConfigurationOfANetwork() {
        final MultiLayerNetwork network = network(b -> b);
        final ModelConfiguration configuration = ModelConfiguration.of(
                Kind.MULTI_LAYER_NETWORK, network.getLayerWiseConfigurations().toJson());

        assertThat(MultiLayerConfiguration.fromJson(configuration.json()).getConfs())
                .hasSize(2);
    }
}
