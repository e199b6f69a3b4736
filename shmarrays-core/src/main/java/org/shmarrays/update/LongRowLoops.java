package org.shmarrays.update;

import java.nio.LongBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.segment.MappedFile;

/** Loops over int64. */
final class LongRowLoops extends RowLoops<long[]> {
    @Override
    void add(
            final MappedFile file,
            final int first,
            final int[] rows,
            final int count,
            final int rowLength,
            final long[] g,
            final double scale) {
        final LongBuffer w = file.longs();
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
            final long[] g,
            final double scale) {
        final AtomicBuffer w = file.atomic();
        int next = 0;
        for (int r = 0; r < count; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                final long added = g[next++];
                final int offset = i * Long.BYTES;
                long seen;
                do {
                    seen = w.getLongVolatile(offset);
                } while (!w.compareAndSetLong(offset, seen, seen + added));
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
            final long[] into,
            final int at) {
        final LongBuffer w = file.longs();
        int next = at;
        for (int r = from; r < to; r++) {
            final int begin = first + rows[r] * rowLength;
            for (int i = begin; i < begin + rowLength; i++) {
                into[next++] = w.get(i);
            }
        }
    }

    @Override
    void load(final MappedFile file, final RowRuns runs, final long[] into) {
        final LongBuffer w = file.longs();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                into[next++] = w.get(i);
            }
        }
    }

    @Override
    void store(final MappedFile file, final RowRuns runs, final long[] from) {
        final LongBuffer w = file.longs();
        int next = 0;
        for (int r = 0; r < runs.count; r++) {
            final int begin = runs.firsts[r];
            for (int i = begin; i < begin + runs.lengths[r]; i++) {
                w.put(i, from[next++]);
            }
        }
    }

    @Override
    void sum(final long[] operand, final RowRuns runs, final long[] into) {
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
    void addUp(final long[] g, final long[] into, final int n) {
        for (int i = 0; i < n; i++) {
            into[i] += g[i];
        }
    }
}
