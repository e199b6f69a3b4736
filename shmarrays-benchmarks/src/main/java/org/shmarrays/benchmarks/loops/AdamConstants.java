package org.shmarrays.benchmarks.loops;

/** The defaults of Adam (Kingma and Ba, ICLR 2015, algorithm 1). */
public final class AdamConstants {
    public static final double BETA_1 = 0.9;
    public static final double BETA_2 = 0.999;
    public static final double EPSILON = 1e-8;

    private AdamConstants() {}
}
