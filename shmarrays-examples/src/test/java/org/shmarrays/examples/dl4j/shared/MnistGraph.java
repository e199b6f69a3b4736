package org.shmarrays.examples.dl4j.shared;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.examples.mnist.MnistDataSets;

/** A ComputationGraph with a shortcut learns MNIST in several workers. */
public final class MnistGraph {
    private MnistGraph() {}

    public static void main(final String... arguments) throws IOException {
        final ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(2e-3))
                .activation(Activation.RELU)
                .graphBuilder()
                .addInputs("image")
                .addLayer("first", new DenseLayer.Builder().nIn(784).nOut(64).build(), "image")
                .addLayer("second", new DenseLayer.Builder().nIn(64).nOut(64).build(), "first")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "first", "second")
                .addLayer(
                        "output",
                        new OutputLayer.Builder(LossFunction.MCXENT)
                                .nIn(64)
                                .nOut(10)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "sum")
                .setOutputs("output")
                .build();
        final ComputationGraph network = new ComputationGraph(configuration);
        network.init();

        final DataSetIterator train = MnistDataSets.train(6_400, 32);
        final SharedTraining training = SharedTraining.join(network);
        training.fit(train, 2);
        training.save(Path.of(arguments[0]));

        final DataSetIterator test = MnistDataSets.test(1_000, 500);
        System.out.println("accuracy " + network.evaluate(test).accuracy());
    }
}
