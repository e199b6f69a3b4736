package org.shmarrays.dl4j;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Small networks and data for tests. */
final class Networks {
    static final int SEED = 20260102;

    private Networks() {}

    static NeuralNetConfiguration.Builder builder(final DataType type, final IUpdater updater) {
        return new NeuralNetConfiguration.Builder()
                .seed(SEED)
                .dataType(type)
                .updater(updater)
                .activation(Activation.TANH);
    }

    /** inputs - hidden - outputs, softmax. */
    static MultiLayerConfiguration dense(
            final NeuralNetConfiguration.Builder builder, final int inputs, final int hidden, final int outputs) {
        return builder.list()
                .layer(new DenseLayer.Builder().nIn(inputs).nOut(hidden).build())
                .layer(output(hidden, outputs))
                .build();
    }

    static OutputLayer output(final int inputs, final int outputs) {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(inputs)
                .nOut(outputs)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Points about the corners of a square, opposite ones of the same class: no line separates the two classes. */
    static DataSet exclusiveOr(final DataType type, final int count, final long seed) {
        final java.util.Random random = new java.util.Random(seed);
        final INDArray points = Nd4j.create(type, count, 2);
        final INDArray labels = Nd4j.create(type, count, 2);
        for (int i = 0; i < count; i++) {
            final int x = random.nextInt(2);
            final int y = random.nextInt(2);
            points.putScalar(i, 0, 2 * x - 1 + 0.2 * random.nextGaussian());
            points.putScalar(i, 1, 2 * y - 1 + 0.2 * random.nextGaussian());
            labels.putScalar(i, x ^ y, 1);
        }
        return new DataSet(points, labels);
    }
}
