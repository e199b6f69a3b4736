package org.shmarrays.report;

import java.util.ArrayList;
import java.util.List;

/**
 * How the counters of a run went, in bounded memory: when so many moments are kept that no more may be, every second one is dropped,
 * and from then on every second one that comes. The counts are since the run's beginning, so what is dropped is
 * resolution alone. For one thread.
 */
public final class RunHistory {
    private final int capacity;
    private final List<Moment> moments = new ArrayList<>();
    private long offered;
    private long stride = 1;
    private Moment last;

    /**
     * The counters at one moment.
     *
     * @param seconds since the beginning
     * @param updates pushes of all workers
     * @param samples of all workers
     * @param steps of all workers
     * @param lossSum sum of the losses of the steps
     * @param recoveries of locks of dead holders
     * @param liveWorkers how many workers, who have a rank, are seen to live
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
        if (capacity < 2 || capacity % 2 != 0) {
            throw new IllegalArgumentException("a history keeps an even number of moments: " + capacity);
        }
        this.capacity = capacity;
    }

    /** Keeps a moment, unless it falls through the present grid. */
    public void add(final Moment moment) {
        last = moment;
        if (offered++ % stride != 0) {
            return;
        }
        if (moments.size() == capacity) {
            for (int i = capacity - 1; i > 0; i -= 2) {
                moments.remove(i);
            }
            stride *= 2;
        }
        moments.add(moment);
    }

    /** Those that are kept, and the last that was offered. */
    public List<Moment> moments() {
        final List<Moment> all = new ArrayList<>(moments);
        if (last != null && last != moments.get(moments.size() - 1)) {
            all.add(last);
        }
        return all;
    }
}
