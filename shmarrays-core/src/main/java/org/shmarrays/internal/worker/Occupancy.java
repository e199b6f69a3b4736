package org.shmarrays.internal.worker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.WorkerState;

/**
 * The users of a segment, as its slots, their processes and their lock files show them at one look. Handles without a
 * slot are seen by no one.
 *
 * @param alive slots whose owners live, coordinators included
 * @param unseen slots whose lock files are free, but whose owners can't be checked: they, or {@code /proc}, belong to
 *     another pid namespace
 * @param claimed slots that were ever claimed
 * @param liveWorkers ranks of {@code workers} whose owners live
 * @param workers ranks that have claimed a slot in the runs that go on, or, if none does, in the last run
 * @param creator what has become of the creator
 * @param supervisor how the process is that starts the workers again, {@link WorkerState#NONE} if there is none
 * @param lastSignMs when an owner last gave a sign of life, or the segment was created, ms since 1970
 */
public record Occupancy(
        int alive,
        int unseen,
        int claimed,
        int liveWorkers,
        int workers,
        Creator creator,
        WorkerState supervisor,
        long lastSignMs) {

    /**
     * What has become of the process that created the segment; its record is slot 0's, until another one claims that
     * slot.
     */
    public enum Creator {
        /** It lives and holds a slot. */
        ALIVE,
        /** It has closed its handle, or was recovered after its death; it may have exited since. */
        CLOSED,
        /** It died with its handle open. */
        DEAD,
        /** It died with its handle open in an earlier boot of the machine, which the segment has outlived. */
        DEAD_IN_EARLIER_BOOT,
        /** Its slot's lock file is free, but its process can't be looked at: it is of another pid namespace. */
        UNSEEN,
        /** Its slot has another owner. */
        REPLACED
    }

    /** Looks at the slots of a segment, mapped read-only or not. Takes a system call or two for each slot. */
    public static Occupancy of(final Segment segment) {
        final SlotTable slots = segment.slots();
        final int claimed = segment.claimedSlots();
        int alive = 0;
        int unseen = 0;
        long lastSignMs = segment.createdMs();
        boolean creatorLives = false;
        boolean firstLives = false;
        final List<Rank> ranks = new ArrayList<>();
        for (int slotId = 0; slotId < claimed; slotId++) {
            lastSignMs = Math.max(lastSignMs, slots.heartbeatMs(slotId));
            final boolean isAlive = Liveness.isAlive(segment, slotId);
            if (slots.stateAcquire(slotId) != SlotTable.FREE && slots.rank(slotId) >= 0) {
                ranks.add(new Rank(slots.runId(slotId), slots.rank(slotId), slots.claimedMs(slotId), isAlive));
            }
            if (isAlive) {
                alive++;
                firstLives |= slotId == 0;
                creatorLives |= slots.pid(slotId) == segment.creatorPid();
            } else if (isUnseen(slots, slotId)) {
                unseen++;
            }
        }
        final Creator creator = creatorLives ? Creator.ALIVE : creator(slots, firstLives);
        final Set<Long> runs = presentRuns(ranks);
        return new Occupancy(
                alive,
                unseen,
                claimed,
                count(ranks.stream().filter(rank -> rank.isAlive && runs.contains(rank.runId))),
                count(ranks.stream().filter(rank -> runs.contains(rank.runId))),
                creator,
                Supervisor.state(segment),
                lastSignMs);
    }

    /** The last owner of a slot, if it was a worker. */
    private record Rank(long runId, int rank, long claimedMs, boolean isAlive) {}

    /** Those that have a live worker, or else the one that came last. */
    private static Set<Long> presentRuns(final List<Rank> ranks) {
        final Set<Long> live =
                ranks.stream().filter(Rank::isAlive).map(Rank::runId).collect(Collectors.toSet());
        return live.isEmpty()
                ? ranks.stream()
                        .max(Comparator.comparingLong(Rank::claimedMs))
                        .map(rank -> Set.of(rank.runId))
                        .orElse(Set.of())
                : live;
    }

    /** Each rank once, whichever slots it had. */
    private static int count(final Stream<Rank> ranks) {
        return (int) ranks.map(rank -> List.of(rank.runId, (long) rank.rank))
                .distinct()
                .count();
    }

    /** Number of live owners of slots that are no workers: coordinators, and programs without a rank. */
    public int liveOthers() {
        return alive - liveWorkers;
    }

    private static Creator creator(final SlotTable slots, final boolean lives) {
        final long state = slots.stateAcquire(0);
        if (slots.generationAcquire(0) != 1 || state == SlotTable.FREE) {
            return Creator.REPLACED;
        }
        if (state == SlotTable.DEPARTED || state == SlotTable.ABANDONED) {
            return Creator.CLOSED;
        }
        if (lives) {
            return Creator.ALIVE;
        }
        if (isUnseen(slots, 0)) {
            return Creator.UNSEEN;
        }
        final boolean sameBoot = ProcessIdentity.ofOwner(slots, 0).bootId()
                == ProcessIdentity.current().bootId();
        return sameBoot ? Creator.DEAD : Creator.DEAD_IN_EARLIER_BOOT;
    }

    private static boolean isUnseen(final SlotTable slots, final int slotId) {
        final ProcessIdentity owner = ProcessIdentity.ofOwner(slots, slotId);
        return slots.stateAcquire(slotId) == SlotTable.ACTIVE
                && !owner.isVisible()
                && owner.bootId() == ProcessIdentity.current().bootId();
    }

    /** True if no owner need live: whoever supervises the run does, and may be about to start its workers again. */
    public boolean isSupervised() {
        return supervisor == WorkerState.RUNNING || supervisor == WorkerState.STOPPED;
    }

    /** True if no owner is seen to live, but one, or the supervisor, may in another pid namespace. */
    public boolean isUnseen() {
        return unseen > 0 || supervisor == WorkerState.ELSEWHERE;
    }

    /** True if some owner lives. */
    public boolean isInUse() {
        return alive > 0;
    }
}
