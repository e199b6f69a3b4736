package org.shmarrays.dl4j;

import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The learning rates of a model's updaters, as run control sets them. The rate that is set takes the place of the first
 * updater's rate at the beginning of the training. All schedules, and the rates of all other updaters, are scaled by
 * the same factor. So it is the rate itself for a model with one updater and without a schedule. While none is set, all
 * updaters have their own.
 */
final class LearningRates {
    private final NetworkRanges controlled;
    private final IUpdater first;
    private final double reference;
    private double set;

    /** The rates of these ranges, whose own updaters are left alone. */
    LearningRates(final NetworkRanges own) {
        first = own.ranges().stream()
                .filter(range -> !range.pretrained())
                .map(UpdaterRange::updater)
                .filter(updater -> updater.hasLearningRate() && updater.getLearningRate(0, 0) != 0)
                .findFirst()
                .orElse(null);
        reference = first == null ? 0 : first.getLearningRate(0, 0);
        controlled =
                new NetworkRanges(own.ranges().stream().map(this::controlled).toList(), own.objective());
    }

    private UpdaterRange controlled(final UpdaterRange range) {
        if (!range.updater().hasLearningRate()) {
            return range;
        }
        final IUpdater updater = range.updater().clone();
        updater.setLrAndSchedule(Double.NaN, new Rate(this, range.updater()));
        return range.with(updater);
    }

    /** The ranges with updaters that follow this. */
    NetworkRanges controlled() {
        return controlled;
    }

    /** Sets the learning rate, or 0 for each updater's own. */
    void set(final double rate) {
        set = rate;
    }

    /** The first updater's rate, for watchers; 0 if no updater has one. */
    double at(final int iteration, final int epoch) {
        return first == null ? 0 : rate(first.getLearningRate(iteration, epoch));
    }

    private double rate(final double own) {
        if (set == 0 || first == null) {
            return own;
        }
        return own == reference ? set : own * set / reference;
    }

    /** An updater's own rate or schedule, scaled. */
    private static final class Rate implements ISchedule {
        private static final long serialVersionUID = 1;

        private final transient LearningRates rates;
        private final IUpdater own;

        Rate(final LearningRates rates, final IUpdater own) {
            this.rates = rates;
            this.own = own;
        }

        @Override
        public double valueAt(final int iteration, final int epoch) {
            return rates.rate(own.getLearningRate(iteration, epoch));
        }

        @Override
        public ISchedule clone() {
            return new Rate(rates, own);
        }
    }
}
