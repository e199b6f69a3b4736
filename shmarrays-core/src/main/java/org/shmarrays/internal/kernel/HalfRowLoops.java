package org.shmarrays.internal.kernel;

import java.nio.ShortBuffer;
import org.shmarrays.internal.segment.MappedFile;

/** Loops over elements of 16 bits, carried as float32. */
final class HalfRowLoops extends RowLoops<float[]> {
    private final ElementAccess<float[]> access;
    private final HalfFormat format;
    private final float[] seen = new float[1];
    private final float[] sum = new float[1];
    private boolean isStochastic;
    private long key;

    HalfRowLoops(final ElementAccess<float[]> access, final HalfFormat format) {
        this.access = access;
        this.format = format;
    }

    @Override
    void rounding(final boolean stochastic, final long newKey) {
        isStochastic = stochastic;
        key = newKey;
    }

    private short encode(final float value, final int index) {
        return isStochastic ? format.encode(value, RoundingBits.bits(key, index)) : format.encode(value);
    }

    @Override
    void add(
            final MappedFile file,
            final int first,
            final int[] rows,
            final int count,
            final int rowLength,
            final float[] g,
            final double scale) {
        final ShortBuffer w = file.shorts();
        final float a = (float) scale;
        int next = 0;
        for (int r = 0; r < count; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                w.put(i, encode(format.decode(w.get(i)) + a * g[next], next));
                next++;
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
        final float a = (float) scale;
        int next = 0;
        for (int r = 0; r < count; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                final float added = a * g[next];
                final int offset = i * Short.BYTES;
                do {
                    access.load(file, offset, seen, 0, 1);
                    sum[0] = format.decode(encode(seen[0] + added, next));
                } while (!access.compareAndSet(file, offset, seen, sum, 0));
                next++;
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
        final ShortBuffer w = file.shorts();
        int next = at;
        for (int r = from; r < to; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                into[next++] = format.decode(w.get(i));
            }
        }
    }

    @Override
    void load(final MappedFile file, final StagedRuns runs, final float[] into) {
        final ShortBuffer w = file.shorts();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                into[next++] = format.decode(w.get(i));
            }
        }
    }

    @Override
    void store(final MappedFile file, final StagedRuns runs, final float[] from) {
        final ShortBuffer w = file.shorts();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                w.put(i, format.encode(from[next++]));
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
