package org.shmarrays.examples.mnist;

/**
 * Element-wise passes over whole Java arrays. HotSpot makes vector instructions of such loops when all arrays are indexed from 0
 * by the loop's variable alone and nothing branches: a shifted index costs a factor of 4, a condition 8 (C2 of JDK 17).
 */
final class Rows {
    /** Times the difference of two normal numbers, this is at least 1. */
    private static final float HUGE = 3e38f;

    private Rows() {}

    /** {@code a += b}. */
    static void add(final float[] a, final float[] b) {
        for (int i = 0; i < a.length; i++) {
            a[i] += b[i];
        }
    }

    /** Adds five arrays to the first. */
    static void add(final float[] a, final float[][] five) {
        final float[] b = five[0];
        final float[] c = five[1];
        final float[] d = five[2];
        final float[] e = five[3];
        final float[] f = five[4];
        for (int i = 0; i < a.length; i++) {
            a[i] += b[i] + c[i] + (d[i] + e[i]) + f[i];
        }
    }

    static void add(final float[] a, final int offset, final int length, final float addend) {
        for (int i = offset; i < offset + length; i++) {
            a[i] += addend;
        }
    }

    /** {@code a = scale * a + shift}. */
    static void scaleAndShift(final float[] a, final float scale, final float shift) {
        for (int i = 0; i < a.length; i++) {
            a[i] = scale * a[i] + shift;
        }
    }

    /** {@code a *= b}. */
    static void multiply(final float[] a, final float[] b) {
        for (int i = 0; i < a.length; i++) {
            a[i] *= b[i];
        }
    }

    /** {@code to = max(a, b)}; {@code to} may be one of them. */
    static void max(final float[] a, final float[] b, final float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = Math.max(a[i], b[i]);
        }
    }

    /** {@code to = a < b ? 1 : 0}. */
    static void isLess(final float[] a, final float[] b, final float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = Math.min(1, Math.max(0, (b[i] - a[i]) * HUGE));
        }
    }

    /** Moves what a mask of 0 and 1 selects: {@code to = a * mask}, {@code a -= to}. */
    static void split(final float[] a, final float[] mask, final float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] = a[i] * mask[i];
        }
        for (int i = 0; i < to.length; i++) {
            a[i] -= to[i];
        }
    }

    static void relu(final float[] a) {
        for (int i = 0; i < a.length; i++) {
            a[i] = Math.max(a[i], 0);
        }
    }

    /** {@code a = max(0, (a + bias) * factors)}. */
    static void scaledRelu(final float[] a, final float bias, final float[] factors) {
        for (int i = 0; i < a.length; i++) {
            a[i] = Math.max(0, (a[i] + bias) * factors[i]);
        }
    }

    /** The derivative of ReLU: clears the slopes of what it did not let pass. */
    static void reluSlopes(final float[] activations, final float[] slopes) {
        for (int i = 0; i < slopes.length; i++) {
            slopes[i] *= Math.min(1, activations[i] * HUGE);
        }
    }

    /** The sum of a run, of four interleaved partial sums: one sum alone would wait for each addition. */
    static float sum(final float[] a, final int offset, final int length) {
        float sum0 = 0;
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        int i = offset;
        for (; i < offset + length - 3; i += 4) {
            sum0 += a[i];
            sum1 += a[i + 1];
            sum2 += a[i + 2];
            sum3 += a[i + 3];
        }
        for (; i < offset + length; i++) {
            sum0 += a[i];
        }
        return sum0 + sum1 + (sum2 + sum3);
    }
}
