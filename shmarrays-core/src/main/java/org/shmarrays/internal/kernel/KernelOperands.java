package org.shmarrays.internal.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.shmarrays.layout.ElementType;

/**
 * Memory outside of the Java heap to which formulas are applied in place, vector by vector, where there are kernels: a
 * gradient and optimizer state, values and their update. It knows neither lock nor undo. For one thread at a time; the
 * caller keeps the memory alive.
 */
public final class KernelOperands {
    private final Kernel<?> kernel;
    private final int sizeBytes;
    private final int elementCount;
    private final ByteBuffer[] bytes;
    private final Object[] memory;

    /** A vector of each memory, in which the last elements are computed; null until they are. */
    private ByteBuffer[] tails;

    private Object[] tailMemory;

    private KernelOperands(final Kernel<?> kernel, final ElementType type, final ByteBuffer[] bytes) {
        this.kernel = kernel;
        this.sizeBytes = type.sizeBytes();
        this.elementCount = bytes[0].capacity() / sizeBytes;
        this.bytes = bytes;
        this.memory = Arrays.stream(bytes).map(kernel::memory).toArray();
    }

    /** Whether there are kernels for a type in this JVM. If there are none, the reason is logged once. */
    public static boolean isAvailable(final ElementType type) {
        Kernel.sayIfMissing();
        return Kernel.of(type) != null;
    }

    /**
     * Operands of formulas.
     *
     * @param memory direct buffers of equal capacity, in the order of the formula. All of it holds elements in native
     *     byte order, whatever a buffer's own order, position and limit are
     * @throws IllegalArgumentException if they are not
     * @throws IllegalStateException if there are no kernels for the type
     */
    public static KernelOperands of(final ElementType type, final ByteBuffer... memory) {
        final Kernel<?> kernel = Kernel.of(type);
        if (kernel == null) {
            throw new IllegalStateException("there are no kernels in this JVM: type=" + type);
        }
        for (final ByteBuffer each : memory) {
            if (!each.isDirect() || each.capacity() != memory[0].capacity()) {
                throw new IllegalArgumentException(
                        "operands are direct buffers of equal capacity: first=" + memory[0] + ", given=" + each);
            }
        }
        return new KernelOperands(
                kernel,
                type,
                Arrays.stream(memory).map(each -> each.duplicate().clear()).toArray(ByteBuffer[]::new));
    }

    /** Number of elements in each memory. */
    public int elementCount() {
        return elementCount;
    }

    /**
     * Applies a formula to some elements.
     *
     * @param coefficients of the formula
     * @param from the first element
     * @param to the index after the last element (exclusive)
     * @throws IndexOutOfBoundsException if there are no such elements
     */
    public void apply(final OptimizerFormula formula, final double[] coefficients, final int from, final int to) {
        Objects.checkFromToIndex(from, to, elementCount);
        final int whole = kernel.whole(to - from);
        if (whole > 0) {
            kernel.compute(formula, coefficients, memory, from * sizeBytes, whole);
        }
        if (from + whole < to) {
            applyToTail(formula, coefficients, from + whole, to);
        }
    }

    /** Fewer elements than a vector has: computed beside them, in vectors whose other elements don't matter. */
    private void applyToTail(
            final OptimizerFormula formula, final double[] coefficients, final int from, final int to) {
        if (tails == null) {
            makeTails();
        }
        final int length = (to - from) * sizeBytes;
        for (int i = 0; i < bytes.length; i++) {
            tails[i].put(0, bytes[i], from * sizeBytes, length);
        }
        kernel.compute(formula, coefficients, tailMemory, 0, kernel.lanes());
        for (int i = 0; i < bytes.length; i++) {
            bytes[i].put(from * sizeBytes, tails[i], 0, length);
        }
    }

    private void makeTails() {
        final ByteBuffer[] made = new ByteBuffer[bytes.length];
        for (int i = 0; i < made.length; i++) {
            made[i] = ByteBuffer.allocateDirect(kernel.lanes() * sizeBytes);
        }
        tailMemory = Arrays.stream(made).map(kernel::memory).toArray();
        tails = made;
    }
}
