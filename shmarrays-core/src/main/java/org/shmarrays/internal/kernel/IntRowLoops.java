package org.shmarrays.internal.kernel;

import java.nio.IntBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.segment.MappedFile;

/** Loops over int32. */
final class IntRowLoops extends RowLoops<int[]> {
    @Override
    void add(
            final MappedFile file,
            final int first,
            final int[] rows,
            final int count,
            final int rowLength,
            final int[] g,
            final double scale) {
        final IntBuffer w = file.ints();
        int next = 0;
        for (int r = 0; r < count; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                w.put(i, w.get(i) + g[next++]);
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
            final int[] g,
            final double scale) {
        final AtomicBuffer w = file.atomic();
        int next = 0;
        for (int r = 0; r < count; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                final var added = g[next++];
                final int offset = i * Integer.BYTES;
                var seen = w.getIntVolatile(offset);
                while (!w.compareAndSetInt(offset, seen, seen + added)) {
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
            final int[] into,
            final int at) {
        final IntBuffer w = file.ints();
        int next = at;
        for (int r = from; r < to; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                into[next++] = w.get(i);
            }
        }
    }

    @Override
    void load(final MappedFile file, final StagedRuns runs, final int[] into) {
        final IntBuffer w = file.ints();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                into[next++] = w.get(i);
            }
        }
    }

    @Override
    void store(final MappedFile file, final StagedRuns runs, final int[] from) {
        final IntBuffer w = file.ints();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                w.put(i, from[next++]);
            }
        }
    }

    @Override
    void sum(final int[] operand, final StagedRuns runs, final int[] into) {
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
    void addUp(final int[] g, final int[] into, final int n) {
        for (int i = 0; i < n; i++) {
            into[i] += g[i];
        }
    }
}
