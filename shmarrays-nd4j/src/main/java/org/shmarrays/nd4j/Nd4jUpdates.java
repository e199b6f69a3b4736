package org.shmarrays.nd4j;

import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * ND4J's updaters as updates of shared arrays: the same formulas, with the state in the state arrays, which all
 * workers share. {@link Sgd} needs none, {@link Nesterovs} one, {@link Adam} two.
 */
public final class Nd4jUpdates {
    private Nd4jUpdates() {}

    /**
     * The update that an updater's configuration stands for.
     *
     * @throws IllegalArgumentException if the updater is another one, or has a schedule: that needs
     *     {@link #of(IUpdater, int, int)}
     */
    public static UpdateFunction of(final IUpdater updater) {
        if (updater instanceof Sgd sgd && sgd.getLearningRateSchedule() != null
                || updater instanceof Nesterovs nesterovs
                        && (nesterovs.getLearningRateSchedule() != null || nesterovs.getMomentumISchedule() != null)
                || updater instanceof Adam adam && adam.getLearningRateSchedule() != null) {
            throw new IllegalArgumentException(
                    "the updater has a schedule, which depends on the iteration and the epoch:" + " updater=" + updater
                            + "; give both");
        }
        return of(updater, 0, 0);
    }

    /**
     * The update at a point of the training. The point is for schedules alone: Adam's bias correction goes by the
     * shared count of steps.
     *
     * @param iteration counted from 0, as the updater's schedules take it
     * @param epoch counted from 0
     */
    public static UpdateFunction of(final IUpdater updater, final int iteration, final int epoch) {
        if (updater instanceof Sgd) {
            return Updates.sgd(updater.getLearningRate(iteration, epoch));
        } else if (updater instanceof Nesterovs nesterovs) {
            return new NesterovsUpdate(
                    updater.getLearningRate(iteration, epoch), nesterovs.currentMomentum(iteration, epoch));
        } else if (updater instanceof Adam adam) {
            return new AdamUpdate(
                    updater.getLearningRate(iteration, epoch), adam.getBeta1(), adam.getBeta2(), adam.getEpsilon());
        }
        throw new IllegalArgumentException("shared arrays do not support this updater: updater=" + updater
                + "; use Sgd, Nesterovs or Adam, or write an UpdateFunction");
    }

    static double notNegative(final String name, final double value) {
        if (!(value >= 0 && value <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " is not a number from 0 to " + Float.MAX_VALUE + ": " + value);
        }
        return value;
    }

    static double belowOne(final String name, final double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " is not in [0, 1): " + value);
        }
        return value;
    }
}
