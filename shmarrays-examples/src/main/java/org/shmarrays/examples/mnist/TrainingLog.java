package org.shmarrays.examples.mnist;

import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.examples.LogOptions;
import org.shmarrays.tensorboard.SegmentLog;

/** The log of a training, if one is wanted: the counters of its segment, and the accuracies of its snapshots. */
final class TrainingLog implements AutoCloseable {
    private static final String ACCURACY = "accuracy";

    /** Null where none is wanted. */
    private final SegmentLog log;

    private TrainingLog(final SegmentLog log) {
        this.log = log;
    }

    /**
     * Begins to log.
     *
     * @param name of the segment, which may not be there yet
     * @param messages takes the sentence that the log is incomplete
     */
    static TrainingLog start(
            final LogOptions options, final String name, final Settings settings, final Consumer<String> messages) {
        return new TrainingLog(options.start(name, settings, messages));
    }

    /**
     * Logs accuracies as they become known, at the time and the step of their snapshots.
     *
     * @param beganMs the time from which snapshots count their seconds, ms since 1970
     */
    void follow(final Accuracies accuracies, final long beganMs) {
        if (log != null) {
            accuracies.onEach(point -> log.measured(
                    ACCURACY, point.steps(), beganMs + Math.round(point.seconds() * 1e3), point.accuracy()));
        }
    }

    /** Whether something could not be written. */
    boolean isIncomplete() {
        return log != null && log.isIncomplete();
    }

    /** Logs the last counts. */
    @Override
    public void close() {
        if (log != null) {
            log.close();
        }
    }
}
