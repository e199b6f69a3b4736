package org.shmarrays.internal.worker;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.errors.BlockedWaitException;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;

/**
 * Finds out whether a wait can't come to its end, because the workers that it is for wait in a circle. For one wait;
 * steps and the reasons: {@code docs/format/waits.md}.
 *
 * <p>A worker waits for all of those that its wait is for, so one circle among the waits that can be reached from its
 * own is enough. The slots are read one after the other, so what they show at one look may never have been together.
 * Each wait has a number: a circle that is seen a second time with the same numbers was there in between.
 */
final class WaitCycle {
    private final Segment segment;
    private final SlotTable slots;
    private final Peers peers;
    private final int ownSlotId;
    private final List<Link> path = new ArrayList<>();
    private boolean[] done = new boolean[0];
    private List<Link> seen = List.of();
    private int again;

    /** A worker that waits: for others, the next link among them. */
    private record Link(int slotId, long word, long awaited) {}

    WaitCycle(final Slot own, final Peers peers) {
        this.segment = own.segment();
        this.slots = own.slots();
        this.peers = peers;
        this.ownSlotId = own.slotId();
    }

    /**
     * Looks once; to be called from time to time while the wait lasts.
     *
     * @throws BlockedWaitException if the same circle was seen at the last look, and all of its workers live
     */
    void look() {
        Step.B4.reached();
        final List<Link> found = find();
        if (!found.isEmpty() && found.equals(seen) && areAlive(found)) {
            throw new BlockedWaitException(message(found));
        }
        seen = found;
    }

    /** The way from the own wait into a circle, the whole circle included; empty if there is none. */
    private List<Link> find() {
        path.clear();
        done = new boolean[segment.claimedSlots()];
        return leadsToCircle(ownSlotId) ? List.copyOf(path) : List.of();
    }

    /** Depth first; if true, the way is in the path, and {@link #again} the slot that it came to twice. */
    private boolean leadsToCircle(final int slotId) {
        if (path.stream().anyMatch(link -> link.slotId() == slotId)) {
            again = slotId;
            return true;
        }
        final Link link = slotId >= done.length || done[slotId] ? null : link(slotId);
        if (link == null) {
            return false;
        }
        path.add(link);
        for (final int next : awaitedBy(link)) {
            if (leadsToCircle(next)) {
                return true;
            }
        }
        path.remove(path.size() - 1);
        done[slotId] = true;
        return false;
    }

    /** The slot's wait for other workers, or null if there is none. */
    private Link link(final int slotId) {
        final long wait = slots.waitAcquire(slotId);
        final long awaited = slots.awaitedAcquire(slotId);
        final boolean isWait = WaitKind.of(wait) != WaitKind.NONE
                && slots.waitAcquire(slotId) == wait
                && peers.present(slotId, false) != null;
        return isWait ? new Link(slotId, wait, awaited) : null;
    }

    /** Slots of the workers that a wait is for: none of them may be missing for it to end. */
    private int[] awaitedBy(final Link link) {
        final int[] awaited = new int[done.length];
        int count = 0;
        for (int slotId = 0; slotId < done.length; slotId++) {
            if (slotId != link.slotId() && isAwaited(link, slotId)) {
                awaited[count++] = slotId;
            }
        }
        return Arrays.copyOf(awaited, count);
    }

    private boolean isAwaited(final Link link, final int slotId) {
        final WorkerRecord peer = peers.present(slotId, false);
        if (peer == null) {
            return false;
        }
        return switch (WaitKind.of(link.word())) {
            case NONE -> false;
            case BARRIER -> peer.barriers() < link.awaited();
            case BOUND -> peer.clock() < link.awaited() && !(isToStop() && isForStepsOf(slotId, link.slotId()));
            case FIRST_TURN -> !peer.takesTurns();
            case TURN -> {
                final TurnWord turns = new TurnWord(segment);
                // A worker that waits for the steps of this one has its turns passed on.
                yield turns.turn() < link.awaited()
                        && peer.rank() == turns.holder()
                        && !isForStepsOf(slotId, link.slotId());
            }
        };
    }

    private boolean isForStepsOf(final int waiter, final int other) {
        return WaitKind.isForStepsOf(slots, waiter, other);
    }

    /** Then the bound is not kept to workers that wait for the waiter: it goes on as soon as it runs. */
    private boolean isToStop() {
        return segment.runControl().stopAcquire();
    }

    private boolean areAlive(final List<Link> links) {
        return links.stream().allMatch(link -> peers.present(link.slotId(), true) != null);
    }

    private String message(final List<Link> links) {
        final StringBuilder message = new StringBuilder("workers wait for each other: segment=").append(segment.name());
        for (int i = 0; i < links.size(); i++) {
            final Link link = links.get(i);
            final int next = i + 1 < links.size() ? links.get(i + 1).slotId() : again;
            message.append(i == 0 ? ", " : "; ")
                    .append("rank ")
                    .append(rank(link.slotId()))
                    .append(" (slot ")
                    .append(link.slotId())
                    .append(", pid ")
                    .append(slots.pid(link.slotId()))
                    .append(")")
                    .append(" waits for ")
                    .append(WaitKind.of(link.word()).describe(link.awaited()))
                    .append(", so for rank ")
                    .append(rank(next));
        }
        return message.append("; let every worker call barrier(), countStep() and push or skip() the same number of"
                        + " times, or close its handle when it is done")
                .toString();
    }

    private int rank(final int slotId) {
        return slots.rank(slotId);
    }
}
