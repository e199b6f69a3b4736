package org.shmarrays.examples.mnist;

import java.util.OptionalDouble;

/** Evaluates a classifier on the test set. One thread. */
final class Evaluator {
    /** Images of a batch that it gives to its classifier. */
    static final int BATCH_SIZE = 250;

    private final LabelledImages images;
    private final Classifier classifier;
    private final Batch batch = new Batch(BATCH_SIZE);

    Evaluator(final Classifier classifier, final LabelledImages images) {
        this.images = images;
        this.classifier = classifier;
    }

    /** Share of the test images that the snapshot's network tells correctly, 0 to 1. */
    double accuracy(final Snapshot snapshot) {
        classifier.load(snapshot.values());
        return accuracy();
    }

    /** The same of the parameters that the classifier has. */
    double accuracy() {
        return (double) correct(images.count()) / images.count();
    }

    /** The same, or nothing if it is less than {@code least}; ends as soon as too many images are wrong. */
    OptionalDouble accuracyFrom(final Snapshot snapshot, final double least) {
        final int allowed = (int) Math.floor(images.count() * (1 - least) + 1e-9);
        classifier.load(snapshot.values());
        final int correct = correct(allowed);
        return correct < 0 ? OptionalDouble.empty() : OptionalDouble.of((double) correct / images.count());
    }

    /** Number of correct images, or -1 when more than {@code allowed} are wrong. */
    private int correct(final int allowed) {
        int correct = 0;
        for (int first = 0; first < images.count(); first += batch.size()) {
            batch.clear();
            for (int i = first; i < Math.min(first + BATCH_SIZE, images.count()); i++) {
                batch.add(images, i);
            }
            correct += classifier.correct(batch);
            if (first + batch.size() - correct > allowed) {
                return -1;
            }
        }
        return correct;
    }
}
