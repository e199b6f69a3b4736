package org.shmarrays.internal.worker;

import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;

/**
 * The gate that each push goes through, and that a snapshot of the whole segment closes. For one thread; steps and
 * memory order: {@code docs/format/snapshot.md}.
 *
 * <p>It is Dekker's scheme: a push raises its slot's {@code inPush}, then looks at the pause word; a snapshot sets
 * the pause word, then looks at every {@code inPush}; between store and load each has a full fence. So at least one
 * of the two sees the other, and it is the push that gives way. A push that waits here holds no lock and has {@code
 * inPush} lowered, so those inside always get through. Neither pushes nor pauses can be nested: a push inside a push
 * ends it too early, and a process that pauses what it has paused already waits for itself.
 */
public final class PushGate {
    /** Of a pause that a push waits for. */
    private static final long LONGEST_PAUSE_NS = TimeUnit.MINUTES.toNanos(2);

    private final Segment segment;
    private final RunControlBlock runControl;
    private final SlotTable slots;
    private final int slotId;
    private final long token;
    private final WaitLimit limit;
    private final NanoClock clock;
    private final Runnable usable;

    /** Whether a push is under way, or may be, because an Error has cut it off. */
    private boolean inside;

    /** Whether the segment is paused by this worker, or may be. */
    private boolean pausing;

    /**
     * The gate for the pushes of a slot's owner.
     *
     * @param limit of a wait of {@link #pause()}, each for another pause and for the pushes under way
     * @param usable called while waiting; throws when waiting makes no sense any more
     */
    public PushGate(final Slot slot, final WaitLimit limit, final NanoClock clock, final Runnable usable) {
        this.segment = slot.segment();
        this.runControl = segment.runControl();
        this.slots = slot.slots();
        this.slotId = slot.slotId();
        this.token = slot.token();
        this.limit = limit;
        this.clock = clock;
        this.usable = usable;
    }

    /**
     * Begins a push; while the segment is paused it waits first. No lock may be held. If an exception is thrown, no
     * push has begun; behind an Error one may have, see {@link #isInside}.
     *
     * @throws WaitTimeoutException if a pause takes longer than two minutes and the limit is
     *     {@linkplain WaitLimit#isFinal final}, or the pause word is corrupt
     * @throws IllegalStateException if it is this slot's owner who paused
     */
    public void enter() {
        inside = true;
        Step.G1.reached();
        slots.inPushRelease(slotId, true);
        VarHandle.fullFence();
        Step.G2.reached();
        if (pauseAcquire() != 0) {
            Step.G3.reached();
            awaitResume();
        }
    }

    /** Ends a push. */
    public void leave() {
        Step.G4.reached();
        slots.inPushRelease(slotId, false);
        inside = false;
    }

    /**
     * Runs a push between {@link #enter} and {@link #leave}. Where this worker is inside already, as in its turn, the
     * push is a part of what is under way.
     */
    public void pass(final Runnable push) {
        if (inside) {
            push.run();
            return;
        }
        enter();
        try {
            push.run();
        } finally {
            leave();
        }
    }

    /** Whether a push was begun, and {@link #leave} has not ended it. */
    public boolean isInside() {
        return inside;
    }

    private void awaitResume() {
        try {
            do {
                leave();
                if (pauseAcquire() == token) {
                    throw new IllegalStateException(
                            "this handle has paused the segment, so it can't push: segment=" + segment.name());
                }
                final PauseWatch paused = new PauseWatch(segment);
                Waiting.await(
                        () -> !paused.getAsBoolean(),
                        UncountedTime.ofStops(segment),
                        limit.withTimeout(LONGEST_PAUSE_NS),
                        clock,
                        usable,
                        this::staysPaused);
                inside = true;
                slots.inPushRelease(slotId, true);
                VarHandle.fullFence();
            } while (pauseAcquire() != 0);
        } catch (final RuntimeException e) {
            leave();
            throw e;
        }
    }

    /** A pause that is no slot's ends never, so no wait for its end goes on. */
    private String staysPaused() {
        final long pause = pauseAcquire();
        final String message = "the segment stays paused: segment=" + segment.name() + ", by " + describeOwner();
        if (pause != 0 && !isSlot(LockToken.slotId(pause))) {
            throw new WaitTimeoutException(message + ": the pause word is corrupt, token=" + Long.toHexString(pause)
                    + "; create the segment again");
        }
        return message + "; if that process is stopped, continue it (kill -CONT) or end it";
    }

    /**
     * Pauses the segment: returns when no push is under way, and none begins until {@link #resume()}. A push that a
     * dead worker left is not waited for.
     *
     * @throws WaitTimeoutException if others pause, or a push is under way, for longer than the timeout, and the limit
     *     is {@linkplain WaitLimit#isFinal final}; the segment is not paused then. Behind an Error it may be:
     *     {@link #endPause} must follow
     */
    public void pause() {
        final PauseWatch others = new PauseWatch(segment);
        Waiting.await(
                () -> tryPause(others),
                UncountedTime.ofStops(segment),
                limit,
                clock,
                usable,
                () -> "the segment is paused by another process: segment=" + segment.name() + ", by " + describeOwner()
                        + "; if that process is stopped, continue it (kill -CONT) or end it");
        try {
            VarHandle.fullFence();
            Step.P3.reached();
            awaitPushes();
        } catch (final RuntimeException e) {
            endPause();
            throw e;
        }
    }

    /**
     * Ends the pause if there is one of this worker's; harmless otherwise, and where it has thrown it may be called
     * again.
     */
    public void endPause() {
        if (pausing) {
            runControl.compareAndSetPause(token, 0);
            pausing = false;
        }
    }

    private boolean tryPause(final PauseWatch others) {
        Step.P2.reached();
        if (others.getAsBoolean()) {
            return false;
        }
        pausing = true;
        return runControl.compareAndSetPause(0, token);
    }

    private void awaitPushes() {
        final int claimed = segment.claimedSlots();
        for (int slotId = 0; slotId < claimed; slotId++) {
            final int id = slotId;
            final ProbeSchedule probing = new ProbeSchedule();
            Waiting.await(
                    () -> !isInPush(id) || probing.isDue() && !Liveness.isAlive(segment, id),
                    UncountedTime.ofStops(segment),
                    limit,
                    clock,
                    usable,
                    () -> "a push does not end, so the segment can't be paused: segment=" + segment.name() + ", slot="
                            + id + ", pid=" + pid(id)
                            + "; if that process is stopped, continue it (kill -CONT) or end it");
        }
    }

    private boolean isInPush(final int slotId) {
        return slots.inPushAcquire(slotId);
    }

    /**
     * Ends the pause.
     *
     * @throws LockLostException if it was ended by others, so that pushes may have begun
     */
    public void resume() {
        Step.P5.reached();
        if (!runControl.compareAndSetPause(token, 0)) {
            throw new LockLostException(
                    "another process ended the pause, because it found the pause's owner dead: segment="
                            + segment.name());
        }
        pausing = false;
    }

    private long pauseAcquire() {
        return runControl.pauseAcquire();
    }

    private String describeOwner() {
        final int slotId = LockToken.slotId(pauseAcquire());
        return isSlot(slotId) ? "slot " + slotId + " (pid " + pid(slotId) + ")" : "no slot";
    }

    private boolean isSlot(final int slotId) {
        return slotId >= 0 && slotId < segment.layout().slotCount();
    }

    private long pid(final int slotId) {
        return slots.pid(slotId);
    }
}
