package org.shmarrays.examples.dl4j.accuracy;

import java.util.function.Function;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * The updaters of the study. Their learning rates rise linearly over the first tenth of a training, as Goyal et al.
 * propose ("Accurate, Large Minibatch SGD", 2017), and fall linearly to 0, by the iterations of all workers together.
 */
enum StudyUpdater {
    SGD("Sgd", Sgd::new),
    ADAM("Adam", Adam::new),
    NESTEROVS("Nesterovs", rate -> new Nesterovs(rate, 0.9));

    private static final int LINEAR = 1;
    private static final int WARM_UP = 10;

    private final String title;
    private final Function<ISchedule, IUpdater> withRate;

    StudyUpdater(final String title, final Function<ISchedule, IUpdater> withRate) {
        this.title = title;
        this.withRate = withRate;
    }

    String title() {
        return title;
    }

    /** The updater of a training. */
    IUpdater create(final double learningRate, final int iterations) {
        return withRate.apply(new RampSchedule(
                new PolySchedule(ScheduleType.ITERATION, learningRate, LINEAR, iterations), iterations / WARM_UP));
    }
}
