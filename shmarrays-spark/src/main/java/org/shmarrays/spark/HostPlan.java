package org.shmarrays.spark;

import java.io.Serializable;
import java.time.Duration;
import org.shmarrays.Settings;

/**
 * What each host is told of a training. Immutable.
 *
 * @param training names it, unique among those of all applications
 * @param workers number of each host's
 * @param kind of the workers
 * @param stepTimeout how long a step may go on after the end of its interval
 * @param <T> type of the batches
 */
record HostPlan<T>(
        String training, HostModel<T> model, int workers, WorkerKind kind, Interval interval, Duration stepTimeout)
        implements Serializable {
    /** Slots of watchers, and of workers that died. */
    private static final int SPARE_SLOTS = 4;

    /** Those of a host: of its system properties, with slots for its workers. */
    Settings settings() {
        return Settings.fromProperties().withSlots(2 * workers + SPARE_SLOTS).withLeftovers(Settings.Leftovers.ATTACH);
    }

    /** The same plan for a process that is no executor of Spark's. */
    HostPlan<T> withoutSpark() {
        return new HostPlan<>(training, model.withoutSpark(), workers, kind, interval, stepTimeout);
    }
}
