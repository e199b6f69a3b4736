package org.shmarrays.internal.access;

import java.util.Arrays;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.segment.PartitionLock;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.PushGate;
import org.shmarrays.internal.worker.Turns;

/**
 * A handle's pushes to ORDERED arrays: each in a turn of its own, or in the one that the handle's user holds over
 * several calls. For the handle's thread, between {@code Attachment.enter} and {@code
 * Attachment.leave}.
 *
 * <p>A held turn is told from one that an Error has left in the middle of a call by {@link #held}: it is set by the
 * last store of {@link #take}, and cleared before the turn's end begins. So an Error at any instant leaves a turn that
 * its holder can end, or one that is {@linkplain #isCutOff() cut off} and is given back.
 */
final class OrderedPushes {
    private static final int[] NO_PARTITIONS = {};
    private static final Runnable NO_PUSH = () -> {};

    private final Segment segment;
    private final PartitionLock lock;
    private final Turns turns;
    private final PushGate gate;
    private final OrderedCopies copies;

    /** What holds the turn over several calls, or null; {@link #close()} may be called by any thread. */
    private volatile Object held;

    OrderedPushes(
            final Segment segment,
            final PartitionLock lock,
            final Turns turns,
            final PushGate gate,
            final OrderedCopies copies) {
        this.segment = segment;
        this.lock = lock;
        this.turns = turns;
        this.gate = gate;
        this.copies = copies;
    }

    /** True if no worker has taken a turn since the segment's creation. */
    boolean isBeforeFirst() {
        return turns.isBeforeFirst();
    }

    /**
     * Pushes in turn if the plan has an ORDERED array, and at once otherwise.
     *
     * @throws IllegalArgumentException if the push needs a turn of its own and leaves an ORDERED array out
     */
    void run(final AccessPlan plan, final Runnable push) {
        if (!plan.hasOrdered()) {
            push.run();
            return;
        }
        if (held != null) {
            turns.checkOwn();
            push.run();
            return;
        }
        copies.checkCovers(plan, segment.name());
        copies.reserve();
        turns.await();
        pushAndEnd(push, plan.partitions());
    }

    /** Whether no array is ORDERED. */
    boolean isUnused() {
        return copies.arrays().isEmpty();
    }

    /** Lets a turn pass. */
    void skip() {
        checkMayTake("skip");
        copies.reserve();
        turns.await();
        pushAndEnd(NO_PUSH, NO_PARTITIONS);
    }

    /**
     * Waits for this worker's turn. From then on the handle reads the shared values: no one else changes them.
     * {@link #hold} must follow when the call is over.
     */
    void take() {
        checkMayTake("take another one");
        copies.reserve();
        turns.await();
        copies.forget();
        turns.hold();
    }

    /** The call that has {@linkplain #take() taken} a turn is over, and this holds it. */
    void hold(final Object holder) {
        held = holder;
    }

    private void checkMayTake(final String what) {
        final String name = segment.name();
        if (copies.arrays().isEmpty()) {
            throw new IllegalStateException("no array has mode ORDERED, so there are no turns: segment=" + name);
        }
        if (held != null) {
            throw new IllegalStateException("this handle holds its turn, so it can't " + what + ": segment=" + name
                    + "; close the Turn first, preferably with try-with-resources");
        }
    }

    /** Whether this holds the turn. */
    boolean isHeldBy(final Object holder) {
        return held == holder;
    }

    /** Ends the turn that is held. */
    void end() {
        held = null;
        pushAndEnd(NO_PUSH, NO_PARTITIONS);
    }

    /**
     * Pushes in this worker's turn, and copies what it reads until its next one. Both are one pass through the gate: an
     * overwriting of the whole segment comes before the push or behind the copy, never into the copy. The turn ends
     * whatever is thrown; where there is no copy then, the worker reads the shared values.
     *
     * @param partitions that are pushed to
     */
    private void pushAndEnd(final Runnable push, final int[] partitions) {
        try {
            copies.forget();
            gate.enter();
            try {
                pushAndCapture(push, partitions);
            } finally {
                gate.leave();
            }
        } finally {
            turns.end();
        }
    }

    private void pushAndCapture(final Runnable push, final int[] partitions) {
        try {
            push.run();
        } catch (final Throwable e) {
            captureAfter(e);
            throw e;
        }
        try {
            copies.capture();
        } catch (final SegmentRemovedException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw new UpdateFailedException(
                    "the worker's copy after its turn can't be made: segment="
                            + segment.name()
                            + "; the turn's pushes are stored. Until its next turn the worker reads the shared"
                            + " values, so the run can't be reproduced. Cause: " + e,
                    Arrays.stream(partitions).boxed().toList(),
                    null,
                    e);
        }
    }

    /**
     * The turn of a push that has failed is over, too. Exceptions have freed its locks; an Error may have left one,
     * which would be waited for in vain.
     */
    private void captureAfter(final Throwable failure) {
        if (failure instanceof Error && lock.mayHold()) {
            return;
        }
        try {
            copies.capture();
        } catch (final Throwable e) {
            failure.addSuppressed(e);
        }
    }

    /** Whether an Error may have left the worker a turn that no one holds. */
    boolean isCutOff() {
        return turns.mayHold() && held == null;
    }

    /** Gives back a turn that is cut off; may be called again where it has thrown. */
    void giveBack() {
        if (!isCutOff()) {
            return;
        }
        if (turns.isOwn()) {
            copies.forget(); // to copy may mean to wait for a lock, and nothing waits here
        }
        turns.giveBack();
    }

    /** The handle closes: the turn that is held is over, and so is one that is cut off. */
    void close() {
        held = null;
        giveBack();
    }
}
