package org.shmarrays.benchmarks.loops;

/**
 * Updates of all values of a memory by a gradient, as bare as can be. An implementation has a public constructor
 * (ByteBuffer[] memory, Object gradient): values and state arrays in native order, and a float[] or double[]. For one
 * thread.
 */
public interface DenseLoops {
    /** {@code w = keep * w + rate * g}. */
    void blend(double keep, double rate);

    /** {@code m = mu * m + g; w = w - learningRate * m}. */
    void momentum(double learningRate, double mu);

    /** Adam's step {@code t}, from 1 on, with its paper's betas and epsilon. */
    void adam(double learningRate, long t);
}
