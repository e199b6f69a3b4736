package org.shmarrays.examples.mnist;

/**
 * A network that tells digits apart, over parameters and gradients that it does not own.
 *
 * <p>The parameters are read where they lie, in each call again: other threads and processes may write to them while
 * a call computes, and what it has read by then, it has used. They are never written to. One thread at a time. Arrays
 * are made once: a call allocates a few kilobytes, by ND4J's dispatch of the products.
 *
 * <p>Arrays must lie in this machine's own memory: ND4J's CPU backend.
 */
public interface Network {
    /**
     * Computes the mean cross-entropy loss over the batch and leaves its gradient, which is a mean over the batch
     * too, in the gradient arrays.
     *
     * @param batch of 1 to {@link #batchSize()} images.
     * @param step seeds dropout, together with the seed and rank of the network's {@link Dropout}.
     * @return the loss, in nats.
     */
    double gradient(Batch batch, long step);

    /**
     * Computes the unnormalised log-probabilities of the digits, without dropout.
     *
     * @param batch of 1 to {@link #batchSize()} images.
     * @return {@code [10, batchSize]} row-major, a column an image; the network's own array, valid until the next call.
     */
    float[] logits(Batch batch);

    /** The batches it takes: their capacity. */
    int batchSize();
}
