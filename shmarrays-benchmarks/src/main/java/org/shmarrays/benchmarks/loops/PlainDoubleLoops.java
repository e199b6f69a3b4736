package org.shmarrays.benchmarks.loops;

import static org.shmarrays.benchmarks.loops.AdamConstants.BETA_1;
import static org.shmarrays.benchmarks.loops.AdamConstants.BETA_2;
import static org.shmarrays.benchmarks.loops.AdamConstants.EPSILON;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;

/** Loops that C2 vectorises: over blocks of the values in heap arrays, copied in and out. */
public final class PlainDoubleLoops implements DenseLoops {
    private static final int BLOCK = 2048;

    private final DoubleBuffer[] memory = new DoubleBuffer[3];
    private final double[][] block = new double[3][BLOCK];
    private final double[] g;

    public PlainDoubleLoops(final ByteBuffer[] memory, final Object gradient) {
        for (int i = 0; i < memory.length; i++) {
            this.memory[i] =
                    memory[i].duplicate().order(ByteOrder.nativeOrder()).asDoubleBuffer();
        }
        this.g = (double[]) gradient;
    }

    @Override
    public void blend(final double keep, final double rate) {
        for (int start = 0; start < g.length; start += BLOCK) {
            final int n = load(1, start);
            blend(block[0], g, start, n, keep, rate);
            store(1, start, n);
        }
    }

    private static void blend(
            final double[] w, final double[] g, final int start, final int n, final double keep, final double rate) {
        for (int i = 0; i < n; i++) {
            w[i] = keep * w[i] + rate * g[start + i];
        }
    }

    @Override
    public void momentum(final double learningRate, final double mu) {
        for (int start = 0; start < g.length; start += BLOCK) {
            final int n = load(2, start);
            momentum(block[0], block[1], g, start, n, learningRate, mu);
            store(2, start, n);
        }
    }

    private static void momentum(
            final double[] w,
            final double[] m,
            final double[] g,
            final int start,
            final int n,
            final double learningRate,
            final double mu) {
        for (int i = 0; i < n; i++) {
            m[i] = mu * m[i] + g[start + i];
            w[i] -= learningRate * m[i];
        }
    }

    @Override
    public void adam(final double learningRate, final long t) {
        final double rate = (learningRate / (1 - Math.pow(BETA_1, t)));
        final double scale = (1 / (1 - Math.pow(BETA_2, t)));
        for (int start = 0; start < g.length; start += BLOCK) {
            final int n = load(3, start);
            adam(block[0], block[1], block[2], g, start, n, rate, scale);
            store(3, start, n);
        }
    }

    private static void adam(
            final double[] w,
            final double[] m,
            final double[] v,
            final double[] g,
            final int start,
            final int n,
            final double rate,
            final double scale) {
        for (int i = 0; i < n; i++) {
            final double gi = g[start + i];
            m[i] = BETA_1 * m[i] + (1 - BETA_1) * gi;
            v[i] = BETA_2 * v[i] + (1 - BETA_2) * gi * gi;
            w[i] -= rate * m[i] / (Math.sqrt(v[i] * scale) + EPSILON);
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
