package org.shmarrays.internal.segment;

import java.time.Duration;

/**
 * The time of one wait, added up round by round. Three things do not count against the limit. For one thread.
 *
 * <ul>
 *   <li>The part of a round beyond the longest possible round: the waiter itself, or its machine, did not run.
 *   <li>Rounds in which the other process was stopped. They have a limit of their own.
 *   <li>Rounds in a pause of the segment, up to two minutes in each wait.
 * </ul>
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
     * The time of a wait that begins now.
     *
     * @param longestRoundNs the most that one round counts
     */
    public WaitTime(final WaitLimit limit, final long longestRoundNs) {
        this.limit = limit;
        this.longestRoundNs = longestRoundNs;
        begin();
    }

    /** Begins a new wait. */
    void begin() {
        countedNs = 0;
        stoppedNs = 0;
        pausedNs = 0;
        dueNs = limit.timeoutNs();
    }

    /** Adds a round. */
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

    /** True if the wait has exceeded its limit. */
    public boolean isOver() {
        return countedNs > dueNs || stoppedNs > limit.stoppedNs();
    }

    /** True if a wait that is over must end with an exception. */
    public boolean isFinal() {
        return limit.isFinal() || stoppedNs > limit.stoppedNs();
    }

    /** Begins a new limit of the same length from now on. */
    public void extend() {
        dueNs = countedNs + limit.timeoutNs();
    }

    /** Time that counts against the limit. */
    public long countedNs() {
        return countedNs;
    }

    /** Time in which the other process was stopped. */
    public long stoppedNs() {
        return stoppedNs;
    }
}
