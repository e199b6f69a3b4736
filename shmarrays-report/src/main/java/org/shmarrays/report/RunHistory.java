package org.shmarrays.report;

import java.util.List;

/** How the counters of a run went, in bounded memory. For one thread. */
public final class RunHistory {
    private final ThinnedList<Moment> moments;

    /**
     * The counters at one moment, since the beginning of the run.
     *
     * @param seconds since the beginning
     * @param updates pushes of all workers
     * @param samples of all workers
     * @param steps of all workers
     * @param lossSum sum of the finite losses of the steps
     * @param nonFiniteLosses how many steps had a loss that was not finite
     * @param recoveries of locks of dead holders
     * @param liveWorkers how many workers, owners of slots that have a rank, run
     * @param acquisitions of the locks of each array
     * @param contended those of them that had to wait
     * @param waitNs the time that they waited
     */
    public record Moment(
            double seconds,
            long updates,
            long samples,
            long steps,
            double lossSum,
            long nonFiniteLosses,
            long recoveries,
            int liveWorkers,
            List<Long> acquisitions,
            List<Long> contended,
            List<Long> waitNs) {
        public Moment {
            acquisitions = List.copyOf(acquisitions);
            contended = List.copyOf(contended);
            waitNs = List.copyOf(waitNs);
        }
    }

    /**
     * An empty history.
     *
     * @param capacity how many moments are kept at most, an even number
     */
    public RunHistory(final int capacity) {
        moments = new ThinnedList<>(capacity);
    }

    /** Keeps a moment, unless it falls through the present grid. */
    public void add(final Moment moment) {
        moments.add(moment);
    }

    /** Those that are kept, and the last that was offered. */
    public List<Moment> moments() {
        return moments.entries();
    }
}
