package org.shmarrays.dl4j;

import java.util.List;
import java.util.function.DoubleConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Regularisations that have a score but change nothing, because the push applies the real ones, to the values as they
 * are then. DL4J names each part of the loss by the simple name of the regularisation's class, which is why these are
 * named as the real ones.
 */
final class InertRegularizations {
    private InertRegularizations() {}

    /**
     * Inert twins.
     *
     * @param configured of classes that {@link JoinChecks} accepts; may be null
     * @param scores gets each score that DL4J asks for
     */
    static List<Regularization> of(final List<Regularization> configured, final DoubleConsumer scores) {
        return configured == null
                ? null
                : configured.stream().map(real -> of(real, scores)).toList();
    }

    private static Regularization of(final Regularization real, final DoubleConsumer scores) {
        if (real instanceof org.nd4j.linalg.learning.regularization.L1Regularization l1) {
            return new L1Regularization(l1.getL1(), scores);
        } else if (real instanceof org.nd4j.linalg.learning.regularization.L2Regularization l2) {
            return new L2Regularization(l2.getL2(), scores);
        } else if (real instanceof org.nd4j.linalg.learning.regularization.WeightDecay decay) {
            return new WeightDecay(decay.getCoeff(), decay.isApplyLR(), scores);
        }
        throw new IllegalArgumentException("unknown regularization: " + real);
    }

    private static double passed(final double score, final DoubleConsumer scores) {
        scores.accept(score);
        return score;
    }

    private static final class L1Regularization extends org.nd4j.linalg.learning.regularization.L1Regularization {
        private static final long serialVersionUID = 1;

        private final transient DoubleConsumer scores;

        L1Regularization(final ISchedule l1, final DoubleConsumer scores) {
            super(l1);
            this.scores = scores;
        }

        @Override
        public void apply(
                final INDArray param, final INDArray gradView, final double lr, final int iteration, final int epoch) {}

        @Override
        public double score(final INDArray param, final int iteration, final int epoch) {
            return passed(super.score(param, iteration, epoch), scores);
        }
    }

    private static final class L2Regularization extends org.nd4j.linalg.learning.regularization.L2Regularization {
        private static final long serialVersionUID = 1;

        private final transient DoubleConsumer scores;

        L2Regularization(final ISchedule l2, final DoubleConsumer scores) {
            super(l2);
            this.scores = scores;
        }

        @Override
        public void apply(
                final INDArray param, final INDArray gradView, final double lr, final int iteration, final int epoch) {}

        @Override
        public double score(final INDArray param, final int iteration, final int epoch) {
            return passed(super.score(param, iteration, epoch), scores);
        }
    }

    private static final class WeightDecay extends org.nd4j.linalg.learning.regularization.WeightDecay {
        private static final long serialVersionUID = 1;

        private final transient DoubleConsumer scores;

        WeightDecay(final ISchedule coeff, final boolean applyLearningRate, final DoubleConsumer scores) {
            super(coeff, applyLearningRate);
            this.scores = scores;
        }

        @Override
        public void apply(
                final INDArray param, final INDArray gradView, final double lr, final int iteration, final int epoch) {}

        @Override
        public double score(final INDArray param, final int iteration, final int epoch) {
            return passed(super.score(param, iteration, epoch), scores);
        }
    }
}
