package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.ShmArrays;
import org.shmarrays.dl4j.SharedModel;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.TrainingOptions;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.Nd4jArrays;
import org.shmarrays.update.Updates;

/** Short pieces of code that pages show: {@link PagesTest} compares them, between the marks. */
class PageSnippetsTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldUpdateInINDArrays() {
        final Map<String, INDArray> gradients = Map.of("dense1/W", Nd4j.ones(2, 3));
        final INDArray seen;
        try (ShmArrays created = ShmArrays.create(
                "mnist",
                ArraySpec.of("dense1/W", FLOAT32, 2, 3).inMode(Mode.LOCKED).withState(2))) {
            // page docs/guide/arrays.md
            try (Nd4jArrays params = Nd4jArrays.attach("mnist")) {
                INDArray live = params.view("dense1/W"); // zero-copy: the shared memory itself
                params.update(gradients, Updates.sgd(0.1)); // a fused kernel, in place
                params.update(gradients, (gradient, state) -> state.subi(gradient.mul(0.1))); // any function of arrays
                params.push(gradients, new Adam(1e-3)); // the optimizer's state is shared too
                seen = live;
            }
            // end of page
            assertThat(created.read().get("dense1/W")).hasSize(6);
        }
        // Twice 0.1, and Adam's first step, which is its learning rate.
        assertThat(seen.getDouble(0)).isCloseTo(-0.2 - 1e-3, within(1e-6));
    }

    @Test
    void shouldUpdateRows() {
        final int[] rows = {7, 2, 7};
        final float[] deltas = {1, 1, 2, 2, 3, 3};
        final float[] gradients = {1, 1, 1, 1, 1, 1};
        try (ShmArrays params =
                ShmArrays.create("m", ArraySpec.of("embedding", FLOAT32, 10, 2).withState(2))) {
            // page docs/guide/arrays.md
            float[] values = params.gather("embedding", rows); // int[] rows: indexes of the first dimension
            params.scatterAdd("embedding", rows, deltas);
            params.scatterUpdate("embedding", rows, gradients, Updates.adam(1e-3)); // lazy, as SparseAdam
            // end of page
            assertThat(values).hasSize(6).containsOnly(0);
            assertThat(params.gather("embedding", new int[] {7, 2, 0}))
                    .containsExactly(new float[] {3.999f, 3.999f, 1.999f, 1.999f, 0, 0}, within(1e-6f));
        }
    }

    @Test
    void shouldTrainANetworkAsItsOwnFitDoes() throws IOException {
        final MultiLayerNetwork network = new MultiLayerNetwork(configuration());
        network.init();
        final MultiLayerNetwork plain = network.clone();
        final DataSetIterator iterator = new ExistingDataSetIterator(List.of(batch(), batch()));
        final int epochs = 3;
        final Path file = directory.resolve("network.zip");
        plain.fit(iterator, epochs);
        // page README.md
        try (SharedTraining training = SharedTraining.join(network)) {
            training.fit(iterator, epochs); // instead of network.fit(iterator, epochs)
            training.save(file); // instead of network.save(file, true)
        }
        // end of page
        assertThat(network.params()).isEqualTo(plain.params());
        assertThat(MultiLayerNetwork.load(file.toFile(), true).params()).isEqualTo(plain.params());
    }

    private static MultiLayerConfiguration configuration() {
        return new NeuralNetConfiguration.Builder()
                .updater(new Sgd(0.5))
                .list()
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .activation(org.nd4j.linalg.activations.Activation.SOFTMAX)
                        .nIn(2)
                        .nOut(2)
                        .build())
                .build();
    }

    private static DataSet batch() {
        return new DataSet(Nd4j.create(new float[][] {{0, 1}, {1, 0}}), Nd4j.create(new float[][] {{1, 0}, {0, 1}}));
    }

    @Test
    void shouldPushByHandAndEvaluate() {
        final MultiLayerNetwork network = new MultiLayerNetwork(configuration());
        network.init();
        final DataSet batch = batch();
        final DataSetIterator iterator = new ExistingDataSetIterator(List.of(batch));
        final TrainingOptions options = TrainingOptions.defaults().withName("network");
        try (SharedTraining training = SharedTraining.join(network, options)) {
            final double before = network.score(batch);
            // page docs/guide/dl4j.md
            training.gradient(batch); // pulls the parameters, and computes the gradient
            network.getFlattenedGradients().muli(0.5); // look at it, or change it
            training.push(); // through the network's own updaters
            try (SharedModel model = SharedModel.attach("network")) { // by name alone, read-only
                System.out.println(model.network().evaluate(iterator).accuracy());
            }
            // end of page
            assertThat(network.score(batch)).isLessThan(before);
        }
    }
}
