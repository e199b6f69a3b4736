package org.shmarrays.benchmarks.dl4j;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.examples.dl4j.TrainableModel;
import org.shmarrays.examples.mnist.LabelledImages;
import org.shmarrays.examples.mnist.MnistNetworks;

/** The models, all with plain SGD. */
enum BenchModel {
    /** A MultiLayerNetwork 784-128-10. */
    MLP(0.1) {
        @Override
        TrainableModel create() {
            return TrainableModel.of(MnistNetworks.mlp(updater(), SEED));
        }
    },

    /** A MultiLayerNetwork of two convolutions with pooling, and a dense layer of 50. */
    CNN(0.05) {
        @Override
        TrainableModel create() {
            return TrainableModel.of(MnistNetworks.cnn(updater(), SEED, NO_DROPOUT));
        }
    },

    /** A MultiLayerNetwork of two wider convolutions with pooling, and a dense layer of 500. */
    LENET(0.05) {
        @Override
        TrainableModel create() {
            return TrainableModel.of(MnistNetworks.lenet(updater(), SEED));
        }
    },

    /** A ComputationGraph with a shortcut around a convolution and batch normalisation. */
    RESIDUAL(0.05) {
        @Override
        TrainableModel create() {
            return TrainableModel.of(MnistNetworks.residual(updater(), SEED, LabelledImages.SIDE));
        }
    },

    /** A SameDiff graph 784-128-10. */
    SAMEDIFF_MLP(0.1) {
        @Override
        TrainableModel create() {
            return TrainableModel.of(MnistNetworks.sameDiffMlp(updater(), SEED), MnistNetworks.OUTPUT);
        }
    };

    private static final long SEED = 1;
    private static final double NO_DROPOUT = 0;

    private final double learningRate;

    BenchModel(final double learningRate) {
        this.learningRate = learningRate;
    }

    /** An initialised model, in each process the same. */
    abstract TrainableModel create();

    Sgd updater() {
        return new Sgd(learningRate);
    }

    /** As users write it. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static List<String> labels() {
        return Stream.of(values()).map(BenchModel::label).toList();
    }

    static BenchModel of(final String label) {
        return Arrays.stream(values())
                .filter(model -> model.label().equals(label))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("unknown model: " + label));
    }
}
