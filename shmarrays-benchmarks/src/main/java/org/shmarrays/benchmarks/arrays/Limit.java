package org.shmarrays.benchmarks.arrays;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.benchmarks.loops.BlasLoops;
import org.shmarrays.benchmarks.loops.DenseLoops;
import org.shmarrays.benchmarks.loops.PlainDoubleLoops;
import org.shmarrays.benchmarks.loops.PlainFloatLoops;
import org.shmarrays.benchmarks.loops.VectorLoops;
import org.shmarrays.layout.ElementType;

/**
 * As many values as a set has, in one mapped file without any structure, which the workers of a group share: what
 * bare loops work on. A further file for each state array. For one thread.
 */
final class Limit {
    private final ArraySet set;
    private final ByteBuffer[] memory;
    private final AtomicBuffer passes;
    private final Object flat;
    private final Map<LimitLoop, DenseLoops> loops = new EnumMap<>(LimitLoop.class);
    private long step;

    /**
     * Maps the files, and fills them.
     *
     * @param flat values of the whole set: the gradient, or where a read goes
     */
    Limit(final ArraySet set, final int stateCount, final Path file, final Object flat, final boolean first) {
        this.set = set;
        this.flat = flat;
        this.memory = new ByteBuffer[stateCount + 1];
        for (int i = 0; i < memory.length; i++) {
            memory[i] = map(file.resolveSibling(file.getFileName() + "-" + i), set.lengthBytes());
        }
        this.passes = new UnsafeBuffer(map(file, Long.BYTES));
        if (first) {
            for (int i = 0; i < set.elementCount(); i++) {
                set(memory[0], i, Values.initial(i));
                for (int k = 1; k < memory.length; k++) {
                    set(memory[k], i, 0);
                }
            }
        }
    }

    static MappedByteBuffer map(final Path file, final long lengthBytes) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            final MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, lengthBytes);
            mapping.order(ByteOrder.nativeOrder());
            return mapping;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The values, and behind them the state arrays. */
    ByteBuffer[] memory() {
        return memory;
    }

    DenseLoops loops(final LimitLoop loop) {
        return loops.get(loop);
    }

    /** Makes the loops of this kind. */
    void prepare(final LimitLoop loop) {
        switch (loop) {
            case COPY -> {}
            case PLAIN ->
                loops.put(
                        loop,
                        set.type() == ElementType.FLOAT32
                                ? new PlainFloatLoops(memory, flat)
                                : new PlainDoubleLoops(memory, flat));
            case VECTOR -> loops.put(loop, VectorLoops.of(memory, flat));
            case BLAS -> loops.put(loop, new BlasLoops(memory, flat));
        }
    }

    void copyOut() {
        if (flat instanceof float[] floats) {
            memory[0].asFloatBuffer().get(0, floats);
        } else {
            memory[0].asDoubleBuffer().get(0, (double[]) flat);
        }
    }

    void copyIn() {
        if (flat instanceof float[] floats) {
            memory[0].asFloatBuffer().put(0, floats);
        } else {
            memory[0].asDoubleBuffer().put(0, (double[]) flat);
        }
    }

    /** The step count of an optimizer: one for all loops of this worker, as they share the state arrays. */
    long nextStep() {
        return ++step;
    }

    /** Counts passes, of whatever loop, for the check. */
    void count(final long more) {
        passes.getAndAddLong(0, more);
    }

    /** Passes of all workers and all loops. */
    long passes() {
        return passes.getLongVolatile(0);
    }

    double get(final int index) {
        return set.type() == ElementType.FLOAT32
                ? memory[0].getFloat(index * Float.BYTES)
                : memory[0].getDouble(index * Double.BYTES);
    }

    Object flat() {
        return flat;
    }

    private void set(final ByteBuffer buffer, final int index, final double value) {
        if (set.type() == ElementType.FLOAT32) {
            buffer.putFloat(index * Float.BYTES, (float) value);
        } else {
            buffer.putDouble(index * Double.BYTES, value);
        }
    }
}
