package org.shmarrays.update;

import org.shmarrays.internal.Doors;
import org.shmarrays.internal.UpdateHooks;
import org.shmarrays.layout.ElementType;

/**
 * An update of values and their state arrays, element by element. {@link Updates} has ready-made functions. A function
 * is immutable, so any thread may use it.
 */
public abstract class UpdateFunction {
    private final String name;
    private final int stateCount;
    private final UpdateHooks hooks = new Hooks(this);

    static {
        Doors.UPDATE.open(function -> function.hooks);
    }

    /**
     * An update of this name.
     *
     * @param stateCount number of state arrays that it uses
     */
    protected UpdateFunction(final String name, final int stateCount) {
        this.name = name;
        this.stateCount = stateCount;
    }

    /** The name in messages. */
    public final String name() {
        return name;
    }

    /** Number of state arrays that it uses. An array with fewer state arrays is refused. */
    public final int stateCount() {
        return stateCount;
    }

    /** True if it can update elements of this type. By default, all floating-point types. */
    public boolean supports(final ElementType type) {
        return type.isFloatingPoint();
    }

    /** True if it gets the whole part of the array in one partition at once, instead of block by block. */
    boolean wantsLongRuns() {
        return false;
    }

    /** An update by an element-wise function that takes arrays of type {@code carrier}. */
    public static <A> UpdateFunction of(final ElementwiseFunction<A> function, final Class<A> carrier) {
        return new UserFunction<>(function, carrier);
    }

    /**
     * Updates a run of float32 values.
     *
     * @param g holds the gradients from {@code gOffset} on
     * @param w holds the values from {@code wOffset} on
     * @param state the state arrays; each holds its values from {@code wOffset} on
     * @param n number of elements
     * @param step number of this step on these values, counted from 1; 0 if the array has no state arrays
     */
    protected void apply(
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[][] state,
            final int n,
            final long step) {
        throw unsupported("float32");
    }

    /** Updates a run of float64 values. The parameters are as for float32. */
    protected void apply(
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[][] state,
            final int n,
            final long step) {
        throw unsupported("float64");
    }

    /** Updates a run of int32 values. */
    protected void apply(final int[] g, final int gOffset, final int[] w, final int wOffset, final int n) {
        throw unsupported("int32");
    }

    /** Updates a run of int64 values. */
    protected void apply(final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) {
        throw unsupported("int64");
    }

    private IllegalArgumentException unsupported(final String type) {
        return new IllegalArgumentException(
                "the update does not support arrays of this type: update=" + name + ", type=" + type);
    }

    @Override
    public String toString() {
        return name;
    }

    /** Calls what is not public. */
    private record Hooks(UpdateFunction function) implements UpdateHooks {
        @Override
        public boolean wantsLongRuns() {
            return function.wantsLongRuns();
        }

        @Override
        public void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            function.apply(g, gOffset, w, wOffset, state, n, step);
        }

        @Override
        public void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            function.apply(g, gOffset, w, wOffset, state, n, step);
        }

        @Override
        public void apply(final int[] g, final int gOffset, final int[] w, final int wOffset, final int n) {
            function.apply(g, gOffset, w, wOffset, n);
        }

        @Override
        public void apply(final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) {
            function.apply(g, gOffset, w, wOffset, n);
        }
    }

    private static final class UserFunction<A> extends UpdateFunction {
        private final ElementwiseFunction<A> function;
        private final Class<A> carrier;

        UserFunction(final ElementwiseFunction<A> function, final Class<A> carrier) {
            super("element-wise function", 0);
            this.function = function;
            this.carrier = carrier;
        }

        @Override
        public boolean supports(final ElementType type) {
            return type.carrier() == carrier;
        }

        @Override
        boolean wantsLongRuns() {
            return function.wantsLongRuns();
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            function.apply(carrier.cast(g), gOffset, carrier.cast(w), wOffset, n);
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            function.apply(carrier.cast(g), gOffset, carrier.cast(w), wOffset, n);
        }

        @Override
        protected void apply(final int[] g, final int gOffset, final int[] w, final int wOffset, final int n) {
            function.apply(carrier.cast(g), gOffset, carrier.cast(w), wOffset, n);
        }

        @Override
        protected void apply(final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) {
            function.apply(carrier.cast(g), gOffset, carrier.cast(w), wOffset, n);
        }
    }
}
