package org.shmarrays.benchmarks.loops;

import static org.shmarrays.benchmarks.loops.AdamConstants.BETA_1;
import static org.shmarrays.benchmarks.loops.AdamConstants.BETA_2;
import static org.shmarrays.benchmarks.loops.AdamConstants.EPSILON;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Loops that C2 vectorises: over blocks of the values in heap arrays, copied in and out. */
public final class PlainFloatLoops implements DenseLoops {
    private static final int BLOCK = 2048;

    private final FloatBuffer[] memory = new FloatBuffer[3];
    private final float[][] block = new float[3][BLOCK];
    private final float[] g;

    public PlainFloatLoops(final ByteBuffer[] memory, final Object gradient) {
        for (int i = 0; i < memory.length; i++) {
            this.memory[i] =
                    memory[i].duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
        }
        this.g = (float[]) gradient;
    }

    @Override
    public void blend(final double keep, final double rate) {
        for (int start = 0; start < g.length; start += BLOCK) {
            final int n = load(1, start);
            blend(block[0], g, start, n, (float) keep, (float) rate);
            store(1, start, n);
        }
    }

    private static void blend(
            final float[] w, final float[] g, final int start, final int n, final float keep, final float rate) {
        for (int i = 0; i < n; i++) {
            w[i] = keep * w[i] + rate * g[start + i];
        }
    }

    @Override
    public void momentum(final double learningRate, final double mu) {
        for (int start = 0; start < g.length; start += BLOCK) {
            final int n = load(2, start);
            momentum(block[0], block[1], g, start, n, (float) learningRate, (float) mu);
            store(2, start, n);
        }
    }

    private static void momentum(
            final float[] w,
            final float[] m,
            final float[] g,
            final int start,
            final int n,
            final float learningRate,
            final float mu) {
        for (int i = 0; i < n; i++) {
            m[i] = mu * m[i] + g[start + i];
            w[i] -= learningRate * m[i];
        }
    }

    @Override
    public void adam(final double learningRate, final long t) {
        final float rate = (float) (learningRate / (1 - Math.pow(BETA_1, t)));
        final float scale = (float) (1 / (1 - Math.pow(BETA_2, t)));
        for (int start = 0; start < g.length; start += BLOCK) {
            final int n = load(3, start);
            adam(block[0], block[1], block[2], g, start, n, rate, scale);
            store(3, start, n);
        }
    }

    private static void adam(
            final float[] w,
            final float[] m,
            final float[] v,
            final float[] g,
            final int start,
            final int n,
            final float rate,
            final float scale) {
        for (int i = 0; i < n; i++) {
            final float gi = g[start + i];
            m[i] = (float) BETA_1 * m[i] + (float) (1 - BETA_1) * gi;
            v[i] = (float) BETA_2 * v[i] + (float) (1 - BETA_2) * gi * gi;
            w[i] -= rate * m[i] / ((float) Math.sqrt(v[i] * scale) + (float) EPSILON);
        }
    }

    private int load(final int files, final int start) {
        final int n = Math.min(BLOCK, g.length - start);
        for (int f = 0; f < files; f++) {
            memory[f].get(start, block[f], 0, n);
        }
        return n;
    }

    private void store(final int files, final int start, final int n) {
        for (int f = 0; f < files; f++) {
            memory[f].put(start, block[f], 0, n);
        }
    }
}
