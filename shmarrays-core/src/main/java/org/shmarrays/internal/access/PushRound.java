package org.shmarrays.internal.access;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.shmarrays.internal.worker.RunMember;

/**
 * The way of a push round its partitions: where it begins, which of them are done, and which one is under way. It
 * stays as it is when something is thrown, so that the push can go on there. For one thread.
 */
final class PushRound {
    static final int NONE = -1;

    private boolean[] done = new boolean[0];
    private int count;

    /** Fixed, because the number of workers may change while the round goes on. */
    private int start;

    private int unfinished;

    /** Begins with so many partitions, none of which is done. */
    void begin(final int partitionCount, final RunMember member) {
        if (done.length < partitionCount) {
            done = new boolean[partitionCount];
        }
        Arrays.fill(done, 0, partitionCount, false);
        count = partitionCount;
        start = start(partitionCount, member);
        unfinished = NONE;
    }

    /** Where a worker begins with so many: each at another place. */
    static int start(final int places, final RunMember member) {
        return member == null || places == 0 ? 0 : (int) ((long) places * member.rank() / member.worldSize()) % places;
    }

    int count() {
        return count;
    }

    /** The {@code i}-th partition on the way. */
    int at(final int i) {
        return (start + i) % count;
    }

    boolean isDone(final int k) {
        return done[k];
    }

    void done(final int k) {
        done[k] = true;
    }

    /** The lock-free partition that is under way, or was when something was thrown; or {@link #NONE}. */
    int unfinished() {
        return unfinished;
    }

    void unfinished(final int k) {
        unfinished = k;
    }

    /** Those that are done, by what {@code partition} makes of them. */
    List<Integer> allDone(final IntUnaryOperator partition) {
        return IntStream.range(0, count)
                .map(this::at)
                .filter(k -> done[k])
                .map(partition)
                .boxed()
                .toList();
    }
}
