package org.shmarrays.launch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/** The members of a group, by rank. Guarded by the group's lock. */
final class Members {
    private final List<Member> all = new ArrayList<>();
    private final IntFunction<Member> newMember;

    /** No members yet; {@code newMember} makes that of a rank. */
    Members(final IntFunction<Member> newMember) {
        this.newMember = newMember;
    }

    /** The member of a rank, which may be the next new one. */
    Member get(final int rank) {
        if (rank == all.size()) {
            all.add(newMember.apply(rank));
        }
        return all.get(rank);
    }

    /** Has those of the ranks {@code from} to {@code to} (exclusive) leave that there are. */
    void leave(final int from, final int to) {
        for (int rank = from; rank < Math.min(to, all.size()); rank++) {
            all.get(rank).leave();
        }
    }

    int unfinishedCount() {
        return (int) all.stream().filter(Member::isUnfinished).count();
    }

    /** How many other ranks go on. */
    int othersThanCount(final int rank) {
        return unfinishedCount() - (all.get(rank).isUnfinished() ? 1 : 0);
    }

    List<WorkerProcess> started() {
        return all.stream().filter(Member::wasStarted).map(Member::process).toList();
    }

    List<WorkerProcess> living() {
        return started().stream().filter(WorkerProcess::isAlive).toList();
    }

    /** A value of each member. */
    <T> List<T> each(final Function<Member, T> value) {
        return all.stream().map(value).toList();
    }

    List<GroupResult.Failure> failures(final Collection<Integer> ranks) {
        return ranks.stream().flatMap(rank -> all.get(rank).failure().stream()).toList();
    }
}
