package org.shmarrays.internal;

/** What an update function does for the engine alone. The parameters are those of its own methods of these names. */
public interface UpdateHooks {
    /** Whether it is applied to a partition's whole part of an array at once, instead of block by block. */
    boolean wantsLongRuns();

    void apply(float[] g, int gOffset, float[] w, int wOffset, float[][] state, int n, long step);

    void apply(double[] g, int gOffset, double[] w, int wOffset, double[][] state, int n, long step);

    void apply(int[] g, int gOffset, int[] w, int wOffset, int n);

    void apply(long[] g, int gOffset, long[] w, int wOffset, int n);
}
