package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.layout.Mode;

/** Layer-wise pretraining, which goes past the network's own updater. */
class PretrainingTest {
    private static final int INPUTS = Configurations.INPUTS;
    private static final int UNITS = 3;
    private static final int SEED = 7;

    @TempDir
    private Path directory;

    private TrainingOptions options(final Mode mode) {
        return Trained.options(directory, mode);
    }

    static Stream<Model> models() {
        return Stream.<Layer>of(
                        new AutoEncoder.Builder().nIn(INPUTS).nOut(UNITS).build(),
                        new VariationalAutoencoder.Builder()
                                .nIn(INPUTS)
                                .nOut(UNITS)
                                .encoderLayerSizes(4)
                                .decoderLayerSizes(4)
                                .build())
                .flatMap(layer -> Stream.of(network(layer.clone()), graph(layer.clone())));
    }

    private static Model network(final Layer layer) {
        final MultiLayerNetwork network = new MultiLayerNetwork(Networks.builder(DataType.DOUBLE, new Adam(0.01))
                .list()
                .layer(layer)
                .layer(Networks.output(UNITS, Configurations.CLASSES))
                .build());
        network.init();
        return network;
    }

    private static Model graph(final Layer layer) {
        final ComputationGraph graph = new ComputationGraph(Networks.builder(DataType.DOUBLE, new Adam(0.01))
                .graphBuilder()
                .addInputs("in")
                .addLayer("code", layer, "in")
                .addLayer("out", Networks.output(UNITS, Configurations.CLASSES), "code")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    private static void pretrain(final Model model) {
        final DataSetIterator batches = new ListDataSetIterator<>(
                List.of(Batches.ofSamples(DataType.DOUBLE, INPUTS, 1), Batches.ofSamples(DataType.DOUBLE, INPUTS, 2)),
                Batches.SAMPLES);
        Nd4j.getRandom().setSeed(SEED);
        if (model instanceof ComputationGraph graph) {
            graph.pretrain(batches);
        } else {
            ((MultiLayerNetwork) model).pretrain(batches);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void shouldRefuseToPretrainCopy(final Model model) {
        final double[] before = model.params().toDoubleVector();
        try (SharedTraining training = TestModels.join(model, options(Mode.LOCKED))) {
            assertThatThrownBy(() -> pretrain(model))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("layer-wise pretraining would change this worker's copy of the parameters alone;"
                            + " pretrain the network before it joins, or train in mode HOGWILD");
            assertThat(training.iteration()).isZero();
        }
        assertThat(model.params().toDoubleVector()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("models")
    void shouldPretrainBeforeAndAfterTraining(final Model model) {
        final Model plain = TestModels.copy(model);
        pretrain(plain);
        pretrain(plain);

        pretrain(model);
        TestModels.join(model, options(Mode.LOCKED)).close();
        pretrain(model);

        assertThat(model.params().toDoubleVector()).isEqualTo(plain.params().toDoubleVector());
    }

    @ParameterizedTest
    @MethodSource("models")
    void shouldPretrainSharedValuesInModeHogwild(final Model model) {
        final Model plain = TestModels.copy(model);
        pretrain(plain);
        try (SharedTraining training = TestModels.join(model, options(Mode.HOGWILD))) {
            pretrain(model);

            assertThat(training.arrays().read("params").get("params").toDoubleVector())
                    .isEqualTo(plain.params().toDoubleVector());
            assertThat(training.iteration()).isZero();
        }
    }
}
