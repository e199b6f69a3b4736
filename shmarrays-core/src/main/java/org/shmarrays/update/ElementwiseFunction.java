package org.shmarrays.update;

/**
 * A user's element-wise update. It is called for runs of elements which lie side by side in two arrays on the heap, so
 * that a plain loop over them is vectorised by the JIT compiler.
 *
 * <p>It must change {@code w[wOffset]} to {@code w[wOffset + n - 1]} only, must not keep the arrays, and the new value of
 * an element must depend on that element alone and on its gradient: with {@code Mode.ATOMIC} it is called again where
 * another worker came between.
 *
 * @param <A> float[] (also for the 16-bit types), double[], int[] or long[]
 */
@FunctionalInterface
public interface ElementwiseFunction<A> {
    /**
     * Sets {@code w[wOffset + i]} to its new value for each {@code i} from 0 to {@code n - 1}.
     *
     * @param g holds the gradients, or whatever was pushed, from {@code gOffset} on
     * @param w holds the old values from {@code wOffset} on
     * @param n number of elements
     */
    void apply(A g, int gOffset, A w, int wOffset, int n);

    /**
     * Whether runs should be as long as they can be, a partition's whole part of an array, because a call costs much. By
     * default they are a few KiB, which stay in the first-level cache, and with {@code Mode.ATOMIC} they always are.
     */
    default boolean wantsLongRuns() {
        return false;
    }
}
