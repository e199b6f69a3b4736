package org.shmarrays.examples.mnist;

/** Passes over runs of a Java array, written so that HotSpot makes vector instructions of them. */
final class Rows {
    private Rows() {}

    static void add(final float[] values, final int offset, final int length, final float addend) {
        for (int i = offset; i < offset + length; i++) {
            values[i] += addend;
        }
    }

    /** The sum of a run, of four interleaved partial sums: one sum alone would wait for each addition. */
    static float sum(final float[] values, final int offset, final int length) {
        float sum0 = 0;
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        int i = offset;
        for (; i < offset + length - 3; i += 4) {
            sum0 += values[i];
            sum1 += values[i + 1];
            sum2 += values[i + 2];
            sum3 += values[i + 3];
        }
        for (; i < offset + length; i++) {
            sum0 += values[i];
        }
        return sum0 + sum1 + (sum2 + sum3);
    }

    static void relu(final float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(values[i], 0);
        }
    }

    /** {@code max(0, (value + bias) * factor)}, in place. */
    static void scaledRelu(
            final float[] values,
            final int offset,
            final float bias,
            final float[] factors,
            final int factorOffset,
            final int length) {
        for (int i = 0; i < length; i++) {
            values[offset + i] = Math.max(0, (values[offset + i] + bias) * factors[factorOffset + i]);
        }
    }

    /** The derivative of {@code relu}: keeps the slopes of what it let pass. */
    static void reluSlopes(final float[] activations, final float[] slopes) {
        for (int i = 0; i < slopes.length; i++) {
            slopes[i] = activations[i] > 0 ? slopes[i] : 0;
        }
    }
}
