package org.shmarrays.internal.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * Sums of products of float32 elements in Java arrays, vector by vector, where there are kernels: two runs of elements
 * times five others at a time, so that a processor multiplies more than it loads. A sum is kept as {@link #lanes}
 * partial sums, whose sum it is. Stateless, for any thread.
 */
public final class ProductSums {
    /** Runs of the left factor in a call of {@link #add}. */
    public static final int LEFT = 2;

    /** Runs of the right factor in a call of {@link #add}. */
    public static final int RIGHT = 5;

    private static final ProductLoops LOOPS = isFused() ? Kernel.products() : null;

    private ProductSums() {}

    /** Whether the JVM has an instruction that multiplies and adds. Java's own way takes a thousand times as long. */
    private static boolean isFused() {
        try {
            final HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return jvm != null && Boolean.parseBoolean(jvm.getVMOption("UseFMA").getValue());
        } catch (final IllegalArgumentException e) { // not HotSpot
            return false;
        }
    }

    /** Whether there are kernels in this JVM, and the processor has instructions for them. */
    public static boolean isAvailable() {
        return LOOPS != null;
    }

    /** Partial sums of a sum; all runs are a multiple of it long. */
    public static int lanes() {
        return LOOPS.lanes();
    }

    /**
     * Adds the products of each left run with each right one.
     *
     * @param left the runs of {@code n} elements begin at {@code leftIndex}, one after the other
     * @param n a multiple of {@link #lanes}
     * @param right the runs begin at {@code rightIndexes[from]} and the four after that
     * @param sums from {@code index} on the partial sums of the first left run with each right one, then of the second
     */
    public static void add(
            final float[] left,
            final int leftIndex,
            final int n,
            final float[] right,
            final int[] rightIndexes,
            final int from,
            final float[] sums,
            final int index) {
        LOOPS.addProducts(left, leftIndex, n, right, rightIndexes, from, sums, index);
    }

    /**
     * Adds elements to the partial sums at {@code index}.
     *
     * @param n a multiple of {@link #lanes}
     */
    public static void addElements(
            final float[] elements, final int first, final int n, final float[] sums, final int index) {
        LOOPS.addElements(elements, first, n, sums, index);
    }
}
