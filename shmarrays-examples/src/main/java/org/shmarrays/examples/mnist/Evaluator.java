package org.shmarrays.examples.mnist;

import java.util.Map;
import java.util.OptionalDouble;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Evaluates snapshots on the test set. One thread. */
final class Evaluator {
    private static final int BATCH_SIZE = 250;

    private final LabelledImages images;
    private final Map<String, INDArray> parameters;
    private final Network network;
    private final Batch batch = new Batch(BATCH_SIZE);

    Evaluator(final Model model, final LabelledImages images) {
        this.images = images;
        this.parameters = model.zeros();
        this.network = model.network(parameters, model.zeros(), BATCH_SIZE, Dropout.off());
    }

    /** Share of the test images that the snapshot's network tells correctly, 0 to 1. */
    double accuracy(final Snapshot snapshot) {
        return (double) correct(snapshot, images.count()) / images.count();
    }

    /** The same, or nothing if it is less than {@code least}; ends as soon as too many images are wrong. */
    OptionalDouble accuracyFrom(final Snapshot snapshot, final double least) {
        final int allowed = (int) Math.floor(images.count() * (1 - least) + 1e-9);
        final int correct = correct(snapshot, allowed);
        return correct < 0 ? OptionalDouble.empty() : OptionalDouble.of((double) correct / images.count());
    }

    /** Number of correct images, or -1 when more than {@code allowed} are wrong. */
    private int correct(final Snapshot snapshot, final int allowed) {
        snapshot.values()
                .forEach((name, values) -> FloatMemory.of(parameters.get(name)).write(values));
        int correct = 0;
        for (int first = 0; first < images.count(); first += batch.size()) {
            batch.clear();
            for (int i = first; i < Math.min(first + BATCH_SIZE, images.count()); i++) {
                batch.add(images, i);
            }
            correct += CrossEntropy.correct(network.logits(batch), batch);
            if (first + batch.size() - correct > allowed) {
                return -1;
            }
        }
        return correct;
    }
}
