package org.shmarrays.internal.kernel;

import java.nio.FloatBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.segment.MappedFile;

/** Loops over float32. */
final class FloatRowLoops extends RowLoops<float[]> {
    @Override
    void add(
            final MappedFile file,
            final int first,
            final int[] rows,
            final int count,
            final int rowLength,
            final float[] g,
            final double scale) {
        final FloatBuffer w = file.floats();
        final float a = (float) scale;
        int next = 0;
        for (int r = 0; r < count; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                w.put(i, w.get(i) + a * g[next++]);
            }
        }
    }

    @Override
    void addAtomically(
            final MappedFile file,
            final int first,
            final int[] rows,
            final int count,
            final int rowLength,
            final float[] g,
            final double scale) {
        final AtomicBuffer w = file.atomic();
        final float a = (float) scale;
        int next = 0;
        for (int r = 0; r < count; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                final float added = a * g[next++];
                final int offset = i * Float.BYTES;
                var seen = w.getIntVolatile(offset);
                while (!w.compareAndSetInt(offset, seen, Float.floatToRawIntBits(Float.intBitsToFloat(seen) + added))) {
                    seen = w.getIntVolatile(offset);
                }
            }
        }
    }

    @Override
    void gather(
            final MappedFile file,
            final int first,
            final int[] rows,
            final int from,
            final int to,
            final int rowLength,
            final float[] into,
            final int at) {
        final FloatBuffer w = file.floats();
        int next = at;
        for (int r = from; r < to; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                into[next++] = w.get(i);
            }
        }
    }

    @Override
    void load(final MappedFile file, final StagedRuns runs, final float[] into) {
        final FloatBuffer w = file.floats();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                into[next++] = w.get(i);
            }
        }
    }

    @Override
    void store(final MappedFile file, final StagedRuns runs, final float[] from) {
        final FloatBuffer w = file.floats();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                w.put(i, from[next++]);
            }
        }
    }

    @Override
    void sum(final float[] operand, final StagedRuns runs, final float[] into) {
        int last = -1;
        for (int r = 0; r < runs.sourceCount; r++) {
            final int source = runs.sources[r];
            final int target = runs.targets[r];
            final int n = runs.sourceLengths[r];
            if (target == last) {
                for (int i = 0; i < n; i++) {
                    into[target + i] += operand[source + i];
                }
            } else {
                for (int i = 0; i < n; i++) {
                    into[target + i] = operand[source + i];
                }
            }
            last = target;
        }
    }

    @Override
    void addUp(final float[] g, final float[] into, final int n) {
        for (int i = 0; i < n; i++) {
            into[i] += g[i];
        }
    }
}
