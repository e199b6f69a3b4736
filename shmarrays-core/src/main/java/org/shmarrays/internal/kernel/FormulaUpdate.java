package org.shmarrays.internal.kernel;

import org.shmarrays.layout.ElementType;
import org.shmarrays.update.UpdateFunction;

/** A ready-made update of floating-point values: a formula with its coefficients, for which there are kernels. */
public class FormulaUpdate extends ReadyMade {
    private final Formula formula;
    private final double[] fixed;

    /** An update whose coefficients are the same in each step. */
    public FormulaUpdate(final String name, final int stateCount, final Formula formula, final double... coefficients) {
        super(name, stateCount);
        this.formula = formula;
        this.fixed = coefficients;
    }

    final Formula formula() {
        return formula;
    }

    /** Whether a function is an addition, {@code w = w + a g}: what meets there adds up. */
    public static boolean isAddition(final UpdateFunction function) {
        return function instanceof FormulaUpdate update && update.formula == Formula.ADD_SCALED;
    }

    /** The factor of an {@linkplain #isAddition addition}: an element may be updated several times, not by the sum. */
    final double additionScale() {
        return fixed[0];
    }

    /**
     * Sets the formula's coefficients for a step.
     *
     * @param step number of the step, counted from 1; 0 for functions without state arrays
     */
    void coefficients(final long step, final double[] into) {
        System.arraycopy(fixed, 0, into, 0, fixed.length);
    }

    /** True only if the coefficients of two steps are the same. */
    boolean isSame(final long step, final long other) {
        return true;
    }

    /** {@code w = w + g}, which integers can do too. */
    public static final class Add extends FormulaUpdate {
        public static final Add INSTANCE = new Add();

        private Add() {
            super("add", 0, Formula.ADD_SCALED, 1);
        }

        @Override
        public boolean supports(final ElementType type) {
            return true;
        }

        @Override
        protected void apply(final int[] g, final int gOffset, final int[] w, final int wOffset, final int n) {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
            }
        }

        @Override
        protected void apply(final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
            }
        }
    }

    /** Adam and AdamW, whose coefficients grow with the step. */
    public static final class Adam extends FormulaUpdate {
        private final double learningRate;
        private final double beta1;
        private final double beta2;
        private final double epsilon;
        private final double kept;

        /**
         * Adam with these coefficients.
         *
         * @param kept what is left of w before the step: 1 without weight decay
         */
        public Adam(
                final String name,
                final double learningRate,
                final double beta1,
                final double beta2,
                final double epsilon,
                final double kept) {
            super(name, 2, Formula.ADAM);
            this.learningRate = learningRate;
            this.beta1 = beta1;
            this.beta2 = beta2;
            this.epsilon = epsilon;
            this.kept = kept;
        }

        @Override
        void coefficients(final long step, final double[] into) {
            into[0] = learningRate / (1 - Math.pow(beta1, step));
            into[1] = beta1;
            into[2] = 1 - beta1;
            into[3] = beta2;
            into[4] = 1 - beta2;
            into[5] = 1 / (1 - Math.pow(beta2, step));
            into[6] = epsilon;
            into[7] = kept;
        }

        @Override
        boolean isSame(final long step, final long other) {
            return step == other;
        }
    }
}
