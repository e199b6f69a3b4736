package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.mnist.LabelledImages.CLASSES;

/**
 * The loss of logits against labels: the mean over the batch of {@code -log softmax(logits)[label]}.
 *
 * <p>Logits are {@code [10, capacity]} row-major, a column an image; columns behind the batch's size count for nothing.
 */
final class CrossEntropy {
    private CrossEntropy() {}

    static double mean(final float[] logits, final Batch batch) {
        double loss = 0;
        for (int n = 0; n < batch.size(); n++) {
            loss += logSumExp(logits, batch, n) - logits[batch.labels()[n] * batch.capacity() + n];
        }
        return loss / batch.size();
    }

    /**
     * The same, with its derivative.
     *
     * @param slopes set to {@code (softmax(logits) - oneHot(label)) / size}, and to 0 behind the batch's size.
     */
    static double meanAndSlopes(final float[] logits, final Batch batch, final float[] slopes) {
        final int capacity = batch.capacity();
        final int size = batch.size();
        double loss = 0;
        for (int n = 0; n < capacity; n++) {
            final int label = n < size ? batch.labels()[n] : -1;
            final float max = max(logits, capacity, n);
            double sum = 0;
            for (int k = 0; k < CLASSES; k++) {
                final double exp = Math.exp(logits[k * capacity + n] - max);
                slopes[k * capacity + n] = (float) exp;
                sum += exp;
            }
            for (int k = 0; k < CLASSES; k++) {
                final double p = slopes[k * capacity + n] / sum;
                slopes[k * capacity + n] = n < size ? (float) ((p - (k == label ? 1 : 0)) / size) : 0;
            }
            loss += n < size ? max + Math.log(sum) - logits[label * capacity + n] : 0;
        }
        return loss / size;
    }

    static int correct(final float[] logits, final Batch batch) {
        final int capacity = batch.capacity();
        int correct = 0;
        for (int n = 0; n < batch.size(); n++) {
            int best = 0;
            for (int k = 1; k < CLASSES; k++) {
                best = logits[k * capacity + n] > logits[best * capacity + n] ? k : best;
            }
            correct += best == batch.labels()[n] ? 1 : 0;
        }
        return correct;
    }

    private static double logSumExp(final float[] logits, final Batch batch, final int n) {
        final int capacity = batch.capacity();
        final float max = max(logits, capacity, n);
        double sum = 0;
        for (int k = 0; k < CLASSES; k++) {
            sum += Math.exp(logits[k * capacity + n] - max);
        }
        return max + Math.log(sum);
    }

    private static float max(final float[] logits, final int capacity, final int n) {
        float max = logits[n];
        for (int k = 1; k < CLASSES; k++) {
            max = Math.max(max, logits[k * capacity + n]);
        }
        return max;
    }
}
