package org.shmarrays.examples.mnist;

import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.dl4j.SharedModel;

/** Models of DL4J and SameDiff that are trained with Adam, by {@code SharedTraining.spawn} or on many hosts. */
public enum Dl4jModel implements Trainable {
    /** A MultiLayerNetwork 784-128-10 with ReLU: about 98 %. */
    DL4J_MLP {
        @Override
        public Object newModel(final double learningRate, final long seed) {
            return MnistNetworks.mlp(new Adam(learningRate), seed);
        }
    },

    /** A MultiLayerNetwork of the shape of {@link Model#CNN}: about 99 %. */
    DL4J_CNN {
        @Override
        public Object newModel(final double learningRate, final long seed) {
            return MnistNetworks.cnn(new Adam(learningRate), seed, RETAINED);
        }
    },

    /** LeNet, a MultiLayerNetwork with 431,080 parameters: about 99 %. */
    LENET {
        @Override
        public Object newModel(final double learningRate, final long seed) {
            return MnistNetworks.lenet(new Adam(learningRate), seed);
        }
    },

    /** A SameDiff graph 784-128-10 with ReLU: about 98 %. */
    SAMEDIFF_MLP {
        @Override
        public Object newModel(final double learningRate, final long seed) {
            return MnistNetworks.sameDiffMlp(new Adam(learningRate), seed);
        }

        @Override
        Dl4jNetwork attached(final SharedModel training) {
            return Dl4jNetwork.of(training.sameDiff());
        }
    };

    private static final double LEARNING_RATE = 1e-3;
    private static final double RETAINED = 0.5;

    /** An initialised MultiLayerNetwork or SameDiff graph, the same for the same seed. */
    public abstract Object newModel(double learningRate, long seed);

    /** The same as a {@link Dl4jNetwork}. */
    Dl4jNetwork create(final double learningRate, final long seed) {
        return Dl4jNetwork.of(newModel(learningRate, seed));
    }

    /** The share of the images that a model like {@link #newModel}'s tells correctly, 0 to 1. */
    public static double accuracy(final Object model, final LabelledImages images) {
        return new Evaluator(Dl4jNetwork.of(model), images).accuracy();
    }

    @Override
    public double learningRate() {
        return LEARNING_RATE;
    }

    /** Adam has its own. */
    @Override
    public double momentum() {
        return 0;
    }

    @Override
    public long parameterCount() {
        return create(LEARNING_RATE, 1).values().values().stream()
                .mapToLong(values -> values.length)
                .sum();
    }

    /** The model of a training, which gets the parameters of snapshots. */
    Dl4jNetwork attached(final SharedModel training) {
        return Dl4jNetwork.of(training.network());
    }
}
