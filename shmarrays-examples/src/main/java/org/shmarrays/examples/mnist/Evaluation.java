package org.shmarrays.examples.mnist;

/**
 * How well a network does on a set of images.
 *
 * @param count images seen.
 * @param correct those whose digit had the greatest logit.
 * @param meanLoss mean cross-entropy, in nats.
 */
public record Evaluation(int count, int correct, double meanLoss) {
    /** Runs the network, without dropout, over all images. Takes a batch's memory and as long as it takes. */
    public static Evaluation of(final Network network, final LabelledImages images) {
        final Batch batch = new Batch(network.batchSize());
        int correct = 0;
        double loss = 0;
        for (int first = 0; first < images.count(); first += batch.size()) {
            batch.clear();
            final int last = Math.min(first + batch.capacity(), images.count());
            for (int i = first; i < last; i++) {
                batch.add(images, i);
            }
            final float[] logits = network.logits(batch);
            correct += CrossEntropy.correct(logits, batch);
            loss += CrossEntropy.mean(logits, batch) * batch.size();
        }
        return new Evaluation(images.count(), correct, loss / images.count());
    }

    /** The share of the images that was told correctly, 0 to 1. */
    public double accuracy() {
        return (double) correct / count;
    }
}
