package org.shmarrays.benchmarks.loops;

/**
 * What is done to single rows of a memory, as bare as can be: row by row as they are named. An implementation has a
 * public constructor (ByteBuffer[] memory, int rowLength): float32 values, and a state array, in native order. For
 * one thread.
 */
public interface SparseLoops {
    /** Copies the rows into an array, each after the one before. */
    void gather(int[] rows, float[] into);

    /** {@code w = w + g}; {@code g} has a row for each that is named. */
    void add(int[] rows, float[] g);

    /** {@code v = v + g²; w = w - learningRate * g / (sqrt(v) + epsilon)}. */
    void adagrad(int[] rows, float[] g, double learningRate, double epsilon);
}
