package org.shmarrays.examples.dl4j;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.dl4j.SpawnOptions;
import org.shmarrays.examples.mnist.MnistDataSets;

/**
 * LeNet goes from plain DL4J into several workers and back: each time by DL4J's own zip, with the state of its
 * updater and its counts of iterations and epochs.
 */
public final class LenetZip {
    private static final int BATCH = 32;
    private static final int TEST_IMAGES = 1_000;

    private LenetZip() {}

    /** Trains on the first images of MNIST: one epoch alone, one in workers, one alone. */
    public static void run(final int workers, final int images, final PrintStream out) throws IOException {
        final Path zip = Files.createTempFile("lenet", ".zip");
        try {
            final MultiLayerNetwork fresh = new MultiLayerNetwork(configuration());
            fresh.init();
            fresh.fit(MnistDataSets.train(images, BATCH), 1);
            fresh.save(zip.toFile(), true);
            print("plain DL4J", fresh, out);

            final MultiLayerNetwork shared = MultiLayerNetwork.load(zip.toFile(), true);
            SharedTraining.spawn(
                    shared,
                    shard -> MnistDataSets.shard(images, BATCH, shard),
                    SpawnOptions.defaults().withWorkers(workers).withoutProgress());
            shared.save(zip.toFile(), true);
            print(workers + " workers", shared, out);

            final MultiLayerNetwork alone = MultiLayerNetwork.load(zip.toFile(), true);
            alone.fit(MnistDataSets.train(images, BATCH), 1);
            print("plain DL4J", alone, out);
        } finally {
            Files.delete(zip);
        }
    }

    private static void print(final String who, final MultiLayerNetwork network, final PrintStream out) {
        out.printf(
                Locale.ROOT,
                "after %-10s  iteration %3d, epoch %d, test accuracy %.3f%n",
                who,
                network.getIterationCount(),
                network.getEpochCount(),
                network.evaluate(MnistDataSets.test(TEST_IMAGES, 250)).accuracy());
    }

    private static MultiLayerConfiguration configuration() {
        return new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .activation(Activation.RELU)
                .list()
                .layer(new ConvolutionLayer.Builder(5, 5).nOut(20).build())
                .layer(pool())
                .layer(new ConvolutionLayer.Builder(5, 5).nOut(50).build())
                .layer(pool())
                .layer(new DenseLayer.Builder().nOut(200).build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(10)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutionalFlat(28, 28, 1))
                .build();
    }

    private static SubsamplingLayer pool() {
        return new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
    }
}
