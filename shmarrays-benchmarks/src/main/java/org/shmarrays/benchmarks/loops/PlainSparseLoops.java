package org.shmarrays.benchmarks.loops;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Loops that C2 vectorises: over one row after the other in a heap array, copied in and out. */
public final class PlainSparseLoops implements SparseLoops {
    private final FloatBuffer[] memory = new FloatBuffer[2];
    private final float[][] block;
    private final int length;

    public PlainSparseLoops(final ByteBuffer[] memory, final int rowLength) {
        for (int i = 0; i < memory.length; i++) {
            this.memory[i] =
                    memory[i].duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
        }
        this.length = rowLength;
        this.block = new float[2][rowLength];
    }

    @Override
    public void gather(final int[] rows, final float[] into) {
        for (int r = 0; r < rows.length; r++) {
            memory[0].get(rows[r] * length, into, r * length, length);
        }
    }

    @Override
    public void add(final int[] rows, final float[] g) {
        final float[] w = block[0];
        for (int r = 0; r < rows.length; r++) {
            memory[0].get(rows[r] * length, w, 0, length);
            add(w, g, r * length);
            memory[0].put(rows[r] * length, w, 0, length);
        }
    }

    private static void add(final float[] w, final float[] g, final int start) {
        for (int i = 0; i < w.length; i++) {
            w[i] += g[start + i];
        }
    }

    @Override
    public void adagrad(final int[] rows, final float[] g, final double learningRate, final double epsilon) {
        final float[] w = block[0];
        final float[] v = block[1];
        for (int r = 0; r < rows.length; r++) {
            memory[0].get(rows[r] * length, w, 0, length);
            memory[1].get(rows[r] * length, v, 0, length);
            adagrad(w, v, g, r * length, (float) learningRate, (float) epsilon);
            memory[0].put(rows[r] * length, w, 0, length);
            memory[1].put(rows[r] * length, v, 0, length);
        }
    }

    private static void adagrad(
            final float[] w,
            final float[] v,
            final float[] g,
            final int start,
            final float learningRate,
            final float epsilon) {
        for (int i = 0; i < w.length; i++) {
            final float gi = g[start + i];
            v[i] += gi * gi;
            w[i] -= learningRate * gi / ((float) Math.sqrt(v[i]) + epsilon);
        }
    }
}
