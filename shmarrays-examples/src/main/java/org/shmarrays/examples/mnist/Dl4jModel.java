package org.shmarrays.examples.mnist;

import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.dl4j.SharedModel;

/** Models of DL4J and SameDiff, which {@code SharedTraining.spawn} trains with Adam. */
enum Dl4jModel implements Trainable {
    /** A MultiLayerNetwork 784-128-10 with ReLU: about 98 %. */
    DL4J_MLP {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            return Dl4jNetwork.of(MnistNetworks.mlp(new Adam(learningRate), seed));
        }
    },

    /** A MultiLayerNetwork of the shape of {@link Model#CNN}: about 99 %. */
    DL4J_CNN {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            return Dl4jNetwork.of(MnistNetworks.cnn(new Adam(learningRate), seed, RETAINED));
        }
    },

    /** LeNet, a MultiLayerNetwork with 431,080 parameters: about 99 %. */
    LENET {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            return Dl4jNetwork.of(MnistNetworks.lenet(new Adam(learningRate), seed));
        }
    },

    /** A SameDiff graph 784-128-10 with ReLU: about 98 %. */
    SAMEDIFF_MLP {
        @Override
        Dl4jNetwork create(final double learningRate, final long seed) {
            return Dl4jNetwork.of(
                    MnistNetworks.sameDiffMlp(new Adam(learningRate), seed), MnistNetworks.IMAGE, MnistNetworks.OUTPUT);
        }

        @Override
        Dl4jNetwork attached(final SharedModel training) {
            return Dl4jNetwork.of(training.sameDiff(), MnistNetworks.IMAGE, MnistNetworks.OUTPUT);
        }
    };

    private static final double LEARNING_RATE = 1e-3;
    private static final double RETAINED = 0.5;

    /** An initialised model, the same for the same seed. */
    abstract Dl4jNetwork create(double learningRate, long seed);

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
