package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.layers.LayerHelper;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNBatchNormHelper;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.Solver;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** Each member of DL4J that is used though it is not public must be there, and do what it is used for. */
class InternalsTest {
    @Test
    void shouldForgetInitOfNetwork() {
        final MultiLayerNetwork network =
                new MultiLayerNetwork(Networks.dense(Networks.builder(DataType.FLOAT, new Sgd(0.1)), 2, 3, 2));
        network.init();

        Internals.forgetInit(network);

        assertThat(network.isInitCalled()).isFalse();
    }

    @Test
    void shouldForgetInitOfGraph() {
        final ComputationGraph graph = new ComputationGraph(Networks.builder(DataType.FLOAT, new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer("out", Networks.output(2, 2), "in")
                .setOutputs("out")
                .build());
        graph.init();
        graph.params().assign(1);

        Internals.forgetInit(graph);
        graph.init();

        assertThat(graph.params().toDoubleVector()).contains(0); // a bias of a new initialisation
    }

    @Test
    void shouldSetWhatPretrainsLayers() {
        final MultiLayerNetwork network = new MultiLayerNetwork(Networks.builder(DataType.FLOAT, new Sgd(0.1))
                .list()
                .layer(new VariationalAutoencoder.Builder().nIn(2).nOut(3).build())
                .layer(new AutoEncoder.Builder().nIn(3).nOut(3).build())
                .layer(Networks.output(3, 2))
                .build());
        network.init();
        for (final Layer layer : network.getLayers()) {
            final Solver solver = new Solver();

            Internals.setSolver(layer, solver);

            assertThat(Internals.solver(layer)).isSameAs(solver);
        }
    }

    @Test
    void shouldSetHelpersOfLayers() {
        final MultiLayerNetwork network = new MultiLayerNetwork(Networks.builder(DataType.FLOAT, new Sgd(0.1))
                .list()
                .layer(new ConvolutionLayer.Builder(1, 1).nOut(2).build())
                .layer(new BatchNormalization())
                .layer(Networks.output(0, 2))
                .setInputType(InputType.convolutional(2, 2, 1))
                .build());
        network.init();
        final LayerHelper ofConvolution = new MKLDNNConvHelper(DataType.FLOAT);
        final LayerHelper ofNormalization = new MKLDNNBatchNormHelper(DataType.FLOAT);

        Internals.setHelper(network.getLayer(0), ofConvolution);
        Internals.setHelper(network.getLayer(1), ofNormalization);

        assertThat(network.getLayer(0).getHelper()).isSameAs(ofConvolution);
        assertThat(network.getLayer(1).getHelper()).isSameAs(ofNormalization);
        final INDArray preOutput = Nd4j.ones(1, 2, 2, 2);
        Internals.setPreOutput(
                (org.deeplearning4j.nn.layers.convolution.ConvolutionLayer) network.getLayer(0), preOutput);

        assertThat(Internals.<INDArray>value(AbstractLayer.class, "preOutput", network.getLayer(0)))
                .isSameAs(preOutput);
        assertThat(Internals.helperFailures(network.getLayer(0))).isZero();
        assertThat(Internals.helperFailures(network.getLayer(1))).isZero();
    }

    @Test
    void shouldMakeUpdatersOfSameDiff() {
        final SameDiff graph = SameDiffs.perceptron(DataType.FLOAT, new Adam(0.1));

        Internals.initializeTraining(graph);

        assertThat(graph.isInitializedTraining()).isTrue();
        assertThat(graph.getUpdaterMap()).containsOnlyKeys("b0", "b1", "w0", "w1");
    }
}
