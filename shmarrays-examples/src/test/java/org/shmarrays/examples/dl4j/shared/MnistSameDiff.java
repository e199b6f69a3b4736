package org.shmarrays.examples.dl4j.shared;

import java.io.IOException;
import java.nio.file.Path;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.nd4j.weightinit.impl.ZeroInitScheme;
import org.shmarrays.dl4j.SharedTraining;
import org.shmarrays.examples.mnist.MnistDataSets;

/** A SameDiff graph learns MNIST in several workers. */
public final class MnistSameDiff {
    private MnistSameDiff() {}

    public static void main(final String... arguments) throws IOException {
        final SameDiff graph = SameDiff.create();
        final SDVariable image = graph.placeHolder("image", DataType.FLOAT, -1, 784);
        final SDVariable label = graph.placeHolder("label", DataType.FLOAT, -1, 10);
        final SDVariable w0 = graph.var("w0", new XavierInitScheme('c', 784, 64), DataType.FLOAT, 784, 64);
        final SDVariable w1 = graph.var("w1", new XavierInitScheme('c', 64, 10), DataType.FLOAT, 64, 10);
        final SDVariable b0 = graph.var("b0", new ZeroInitScheme('c'), DataType.FLOAT, 1, 64);
        final SDVariable b1 = graph.var("b1", new ZeroInitScheme('c'), DataType.FLOAT, 1, 10);
        final SDVariable hidden = graph.nn().relu(image.mmul(w0).add(b0), 0);
        final SDVariable logits = hidden.mmul(w1).add(b1);
        graph.nn().softmax("output", logits, 1);
        graph.loss().softmaxCrossEntropy("loss", label, logits, null);
        graph.setLossVariables("loss");
        graph.setTrainingConfig(new TrainingConfig.Builder()
                .updater(new Adam(2e-3))
                .dataSetFeatureMapping("image")
                .dataSetLabelMapping("label")
                .build());

        final DataSetIterator train = MnistDataSets.train(6_400, 32);
        final SharedTraining training = SharedTraining.join(graph);
        training.fit(train, 2);
        training.save(Path.of(arguments[0]));

        final DataSetIterator test = MnistDataSets.test(1_000, 500);
        final Evaluation evaluation = new Evaluation();
        graph.evaluate(test, "output", evaluation);
        System.out.println("accuracy " + evaluation.accuracy());
    }
}
