package org.shmarrays.update;

/**
 * An element-wise update of your own. It is called for runs of contiguous elements in two arrays on the heap, so the
 * JIT compiler vectorises a plain loop over them.
 *
 * <p>It may change only {@code w[wOffset]} to {@code w[wOffset + n - 1]}, and must not keep the arrays. The new value
 * of an element may depend only on its old value and its gradient: with {@code Mode.ATOMIC}, the function is called
 * again if another worker changed the element meanwhile.
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
     * True if a run should be as long as possible (the part of the array in one partition), because a call is
     * expensive. By default, runs are a few KiB, which fit into the first-level cache. With {@code Mode.ATOMIC} they
     * always are.
     */
    default boolean wantsLongRuns() {
        return false;
    }
}
