package org.shmarrays.benchmarks.arrays;

import org.shmarrays.layout.ElementType;

/** The random numbers of the sets: the same in each process, told by their index alone. */
final class Values {
    private static final int SHIFT = 52;
    private static final double SCALE = 1.0 / 4096;
    private static final double SMALLEST_GRADIENT = 1.0 / 16;
    private static final long GRADIENTS = 1L << 40;

    private Values() {}

    /** The value that an element begins with: in [-0.5, 0.5), a multiple of 2^-12. */
    static double initial(final long index) {
        return (mix(index) >>> SHIFT) * SCALE - 0.5;
    }

    /** What is pushed to an element: its size is in [1/16, 17/16), a multiple of 2^-12. */
    static double gradient(final long index) {
        final long bits = mix(index + GRADIENTS);
        final double size = SMALLEST_GRADIENT + (bits >>> SHIFT) * SCALE;
        return (bits & 1) == 0 ? size : -size;
    }

    /** Variant 13 of the mixers that Stafford tuned for MurmurHash3, as SplittableRandom has it. */
    private static long mix(final long index) {
        long z = (index + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    static Object allocate(final ElementType type, final int count) {
        return type == ElementType.FLOAT32 ? new float[count] : new double[count];
    }

    static Object initials(final ElementType type, final long first, final int count) {
        final Object values = allocate(type, count);
        for (int i = 0; i < count; i++) {
            set(values, i, initial(first + i));
        }
        return values;
    }

    static Object gradients(final ElementType type, final long first, final int count) {
        final Object values = allocate(type, count);
        for (int i = 0; i < count; i++) {
            set(values, i, gradient(first + i));
        }
        return values;
    }

    static double get(final Object values, final int index) {
        return values instanceof float[] floats ? floats[index] : ((double[]) values)[index];
    }

    private static void set(final Object values, final int index, final double value) {
        if (values instanceof float[] floats) {
            floats[index] = (float) value;
        } else {
            ((double[]) values)[index] = value;
        }
    }
}
