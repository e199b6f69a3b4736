package org.shmarrays.testing;

import org.shmarrays.layout.ElementType;
import org.shmarrays.update.UpdateFunction;

/** An update of float values and their state arrays, by a test's formula. */
public final class FloatUpdate extends UpdateFunction {
    private final Formula formula;

    /** What is called for each run of elements, as {@link UpdateFunction} has it. */
    @FunctionalInterface
    public interface Formula {
        void apply(float[] g, int gOffset, float[] w, int wOffset, float[][] state, int n, long step);
    }

    private FloatUpdate(final int stateCount, final Formula formula) {
        super("test's update", stateCount);
        this.formula = formula;
    }

    public static UpdateFunction of(final int stateCount, final Formula formula) {
        return new FloatUpdate(stateCount, formula);
    }

    @Override
    public boolean supports(final ElementType type) {
        return type.carrier() == float[].class;
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
        formula.apply(g, gOffset, w, wOffset, state, n, step);
    }
}
