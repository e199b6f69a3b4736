package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** A network of two layers, with 4 inputs and 3 classes, and batches for it: the same at each call. */
final class SmallNetwork {
    private static final int INPUTS = 4;
    private static final int CLASSES = 3;
    private static final int SAMPLES = 8;

    private SmallNetwork() {}

    static MultiLayerNetwork of(final IUpdater updater) {
        final MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(updater)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(INPUTS)
                        .nOut(8)
                        .activation(Activation.TANH)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(8)
                        .nOut(CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        network.init();
        return network;
    }

    /** Batches of 8 samples. */
    static List<DataSet> batches(final int count) {
        final Random random = new Random(3);
        final List<DataSet> batches = new ArrayList<>();
        for (int batch = 0; batch < count; batch++) {
            final INDArray labels = Nd4j.zeros(SAMPLES, CLASSES);
            final float[] features = new float[SAMPLES * INPUTS];
            for (int i = 0; i < features.length; i++) {
                features[i] = (float) random.nextGaussian();
            }
            for (int row = 0; row < SAMPLES; row++) {
                labels.putScalar(row, random.nextInt(CLASSES), 1);
            }
            batches.add(new DataSet(Nd4j.createFromArray(features).reshape(SAMPLES, INPUTS), labels));
        }
        return batches;
    }
}
