package org.shmarrays.examples.dl4j.shared;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.examples.mnist.MnistDataSets;

/** A MultiLayerNetwork learns MNIST in several workers. */
public final class MnistNetwork {
    private MnistNetwork() {}

    public static void main(final String... arguments) throws IOException {
        final MultiLayerConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(2e-3))
                .activation(Activation.RELU)
                .list()
                .layer(new DenseLayer.Builder().nIn(784).nOut(64).build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(64)
                        .nOut(10)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build();
        final MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();

        final DataSetIterator train = MnistDataSets.train(6_400, 32);
        final SharedTraining training = SharedTraining.join(network);
        training.fit(train, 2);
        training.save(Path.of(arguments[0]));

        final DataSetIterator test = MnistDataSets.test(1_000, 500);
        System.out.println("accuracy " + network.evaluate(test).accuracy());
    }
}
