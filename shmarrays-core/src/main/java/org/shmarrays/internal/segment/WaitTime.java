package org.shmarrays.internal.segment;

import java.time.Duration;

/**
 * The time of one wait, told round by round. What does not count against the limit: the part of a round that is longer
 * than a round can take, because the waiter itself, or its machine, did not run; rounds in which the process that is
 * waited for was stopped; and those of a pause of the segment, up to two minutes. For one thread.
 */
public final class WaitTime {
    private static final long LONGEST_PAUSE_NS = Duration.ofMinutes(2).toNanos();

    private final WaitLimit limit;
    private final long longestRoundNs;
    private long countedNs;
    private long stoppedNs;
    private long pausedNs;
    private long dueNs;

    /**
     * Of a wait that begins.
     *
     * @param longestRoundNs what counts at most of a round
     */
    public WaitTime(final WaitLimit limit, final long longestRoundNs) {
        this.limit = limit;
        this.longestRoundNs = longestRoundNs;
        begin();
    }

    /** Begins another wait. */
    void begin() {
        countedNs = 0;
        stoppedNs = 0;
        pausedNs = 0;
        dueNs = limit.timeoutNs();
    }

    /** A round has ended. */
    public void add(final long roundNs, final boolean isStopped, final boolean isPaused) {
        final long ns = Math.min(roundNs, longestRoundNs);
        if (isStopped) {
            stoppedNs += ns;
        } else if (isPaused && pausedNs < LONGEST_PAUSE_NS) {
            pausedNs += ns;
        } else {
            countedNs += ns;
        }
    }

    /** True if more rounds have been added than may be. */
    public boolean isOver() {
        return countedNs > dueNs || stoppedNs > limit.stoppedNs();
    }

    /** True if the wait has to end when it is over. */
    public boolean isFinal() {
        return limit.isFinal() || stoppedNs > limit.stoppedNs();
    }

    /** Begins another time of the same length, after one that is over. */
    public void extend() {
        dueNs = countedNs + limit.timeoutNs();
    }

    /** Time that counts. */
    public long countedNs() {
        return countedNs;
    }

    /** Time in which what is waited for was stopped. */
    public long stoppedNs() {
        return stoppedNs;
    }
}
