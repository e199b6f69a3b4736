package org.shmarrays.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.internal.kernel.OptimizerFormula;

/**
 * An updater of ND4J as a formula over the gradient and the state arrays, in the order of {@link
 * UpdaterSlice#stateKeys}. The coefficients are rounded where libnd4j rounds them. For one thread.
 */
abstract class UpdaterFormula {
    private final OptimizerFormula formula;
    private final boolean isFloat;

    private UpdaterFormula(final OptimizerFormula formula, final DataType type) {
        this.formula = formula;
        this.isFloat = type == DataType.FLOAT;
    }

    /**
     * The formula of an updater; null if there is none.
     *
     * @param type FLOAT or DOUBLE
     */
    static UpdaterFormula of(final IUpdater updater, final DataType type) {
        final Class<?> exact = updater.getClass(); // a subclass may compute something else
        if (exact == Sgd.class) {
            return new Scaled((Sgd) updater, type);
        } else if (exact == Nesterovs.class) {
            return new Momentum((Nesterovs) updater, type);
        } else if (exact == AdaGrad.class) {
            return new Accumulated((AdaGrad) updater, type);
        } else if (exact == RmsProp.class) {
            return new Averaged((RmsProp) updater, type);
        } else if (exact == Adam.class) {
            return new Moments((Adam) updater, type);
        }
        return null;
    }

    final OptimizerFormula formula() {
        return formula;
    }

    /** The coefficients of a step, valid until the next call; null if ND4J must compute this step. */
    abstract double[] coefficients(int iteration, int epoch);

    /** Rounds to the type. */
    final double rounded(final double value) {
        return isFloat ? (float) value : value;
    }

    /** {@code 1 - value}, computed in the type. */
    final double complement(final double value) {
        return rounded(1 - rounded(value));
    }

    private static final class Scaled extends UpdaterFormula {
        private final Sgd config;
        private final double[] coefficients = new double[1];

        Scaled(final Sgd config, final DataType type) {
            super(OptimizerFormula.SCALED, type);
            this.config = config;
        }

        @Override
        double[] coefficients(final int iteration, final int epoch) {
            coefficients[0] = config.getLearningRate(iteration, epoch);
            return coefficients;
        }
    }

    private static final class Momentum extends UpdaterFormula {
        private final Nesterovs config;
        private final double[] coefficients = new double[3];

        Momentum(final Nesterovs config, final DataType type) {
            super(OptimizerFormula.NESTEROVS, type);
            this.config = config;
        }

        @Override
        double[] coefficients(final int iteration, final int epoch) {
            final double momentum = rounded(config.currentMomentum(iteration, epoch));
            coefficients[0] = config.getLearningRate(iteration, epoch);
            coefficients[1] = momentum;
            coefficients[2] = rounded(-momentum - 1);
            return coefficients;
        }
    }

    private static final class Accumulated extends UpdaterFormula {
        private final AdaGrad config;
        private final double[] coefficients;

        Accumulated(final AdaGrad config, final DataType type) {
            super(OptimizerFormula.ROOT_SCALED, type);
            this.config = config;
            this.coefficients = new double[] {0, 1, 1, config.getEpsilon()};
        }

        @Override
        double[] coefficients(final int iteration, final int epoch) {
            coefficients[0] = config.getLearningRate(iteration, epoch);
            return coefficients;
        }
    }

    private static final class Averaged extends UpdaterFormula {
        private final RmsProp config;
        private final double[] coefficients;

        Averaged(final RmsProp config, final DataType type) {
            super(OptimizerFormula.ROOT_SCALED, type);
            this.config = config;
            final double decay = config.getRmsDecay();
            this.coefficients = new double[] {0, decay, complement(decay), config.getEpsilon()};
        }

        @Override
        double[] coefficients(final int iteration, final int epoch) {
            coefficients[0] = config.getLearningRate(iteration, epoch);
            return coefficients;
        }
    }

    private static final class Moments extends UpdaterFormula {
        private final Adam config;
        private final AdamStepSize size;
        private final double[] coefficients;

        Moments(final Adam config, final DataType type) {
            super(OptimizerFormula.ADAM, type);
            this.config = config;
            final double beta1 = config.getBeta1();
            final double beta2 = config.getBeta2();
            this.size = new AdamStepSize(beta1, beta2, type);
            this.coefficients =
                    new double[] {0, beta1, complement(beta1), beta2, complement(beta2), config.getEpsilon()};
        }

        @Override
        double[] coefficients(final int iteration, final int epoch) {
            coefficients[0] = size.at(config.getLearningRate(iteration, epoch), iteration);
            return Double.isNaN(coefficients[0]) ? null : coefficients;
        }
    }
}
