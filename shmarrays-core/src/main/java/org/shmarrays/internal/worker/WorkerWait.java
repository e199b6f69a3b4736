package org.shmarrays.internal.worker;

import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.errors.BlockedWaitException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.segment.WaitLimit;

/**
 * A worker's waits for other workers. While one lasts it is published in the worker's slot, so that the others see what
 * it is for; it ends at once where workers wait for each other. For one thread. Steps: {@code docs/format/waits.md}.
 */
final class WorkerWait {
    /** Of a wait that no one waits for. */
    static final Runnable NO_ARRIVAL = () -> {};

    private final Slot slot;
    private final Segment segment;
    private final Peers peers;
    private final WaitLimit limit;
    private final NanoClock clock;
    private final Runnable usable;

    WorkerWait(
            final Slot slot, final Peers peers, final WaitLimit limit, final NanoClock clock, final Runnable usable) {
        this.slot = slot;
        this.segment = slot.segment();
        this.peers = peers;
        this.limit = limit;
        this.clock = clock;
        this.usable = usable;
    }

    /**
     * Waits until a condition holds.
     *
     * @param awaited the turn, barrier or clock
     * @param arrival stores that this worker has come, which the others may wait for; not run where the wait is refused
     * @param condition whether the others have come; is told whether it is time to look if they live
     * @return the time that was waited, in ns
     * @throws WaitTimeoutException with the message, if the condition does not hold after the timeout and the limit is
     *     {@linkplain WaitLimit#isFinal final}
     * @throws BlockedWaitException if workers wait for each other
     * @throws IllegalStateException if this wait would keep the others from what it is for
     */
    long await(
            final WaitKind kind,
            final long awaited,
            final Runnable arrival,
            final Predicate<Boolean> condition,
            final Supplier<String> message) {
        if (condition.test(false)) {
            arrival.run();
            return 0;
        }
        checkHoldsNoWorkerBack(kind, awaited);
        arrival.run();
        final ProbeSchedule probing = new ProbeSchedule();
        final WaitCycle cycle = new WaitCycle(slot, peers);
        final BooleanSupplier watched = () -> {
            Step.B2.reached();
            final boolean isDue = probing.isDue();
            if (condition.test(isDue)) {
                return true;
            }
            if (isDue) {
                cycle.look();
            }
            return false;
        };
        Step.B1.reached();
        slot.slots().waitRelease(slot.slotId(), kind.code(), awaited);
        try {
            return Waiting.await(watched, UncountedTime.ofPausesAndStops(segment), limit, clock, usable, message);
        } finally {
            Step.B5.reached();
            slot.slots().waitEndRelease(slot.slotId());
        }
    }

    /** Others can't attach to a segment that is being initialised, nor push while this worker pauses it. */
    private void checkHoldsNoWorkerBack(final WaitKind kind, final long awaited) {
        final String wait =
                "segment=" + segment.name() + ", rank=" + slot.role().rank() + ", wait for " + kind.describe(awaited);
        if (!segment.isPublished()) {
            throw new IllegalStateException(
                    "called from inside the initializer, while the other workers wait for its end: " + wait
                            + "; wait for the other workers after createOrAttach");
        }
        if (segment.runControl().pauseAcquire() == slot.token()) {
            throw new IllegalStateException(
                    "this worker has paused the segment, and the other workers' pushes wait for its end: " + wait);
        }
    }
}
