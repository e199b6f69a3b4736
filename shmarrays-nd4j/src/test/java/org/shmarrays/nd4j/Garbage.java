package org.shmarrays.nd4j;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.Deallocatable;
import org.nd4j.linalg.api.memory.Deallocator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Has ND4J free the memory of arrays to which nothing refers, and uses it for something else. */
final class Garbage {
    /** What then stands in the memory. */
    static final float VALUE = 777;

    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /** Each of ND4J's threads that free memory gets some. */
    private static final int PROBES = 64;

    private static final int NEW_ARRAYS = 256;

    private Garbage() {}

    /** ND4J frees it when nothing refers to it, as it does the memory of arrays. */
    private record Probe(String getUniqueId, Deallocator deallocator, int targetDevice) implements Deallocatable {}

    /** Collects garbage, and lets new arrays of so many floats have its memory. */
    static void collectAndReuse(final int floats) {
        collect();
        collect(); // what the first one found was freed before what the second one found
        final List<INDArray> arrays = new ArrayList<>();
        for (int i = 0; i < NEW_ARRAYS; i++) {
            arrays.add(Nd4j.valueArrayOf(new long[] {floats}, VALUE, DataType.FLOAT));
        }
    }

    private static void collect() {
        final AtomicInteger freed = new AtomicInteger();
        for (int i = 0; i < PROBES; i++) {
            Nd4j.getDeallocatorService().pickObject(new Probe("probe " + i, freed::incrementAndGet, 0));
        }
        await("memory to which nothing refers is freed", () -> {
            System.gc();
            return freed.get() == PROBES;
        });
    }

    static void await(final String what, final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - began > DEADLINE.toNanos()) {
                throw new AssertionError("not within " + DEADLINE + ": " + what);
            }
            Thread.yield();
        }
    }
}
