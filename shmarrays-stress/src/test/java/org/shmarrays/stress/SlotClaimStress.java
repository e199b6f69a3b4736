package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.Slot;

/** Two real claims that both go for slot 0; the one that does not get it takes slot 1. Steps S1 to S7. */
@JCStressTest
@Description("Two claimants want the same slot.")
@Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "The first claimant got the slot, the second one the next.")
@Outcome(id = "1, 0, 2", expect = ACCEPTABLE, desc = "The second claimant got the slot, the first one the next.")
@Outcome(expect = FORBIDDEN, desc = "Both hold one slot, a slot was held by neither, or a generation counts no claim.")
@State
public class SlotClaimStress {
    private static final int SLOTS = 2;
    private static final SegmentPool<Segment> POOL = new SegmentPool<>(SLOTS, segment -> segment);

    private final Segment segment = POOL.borrow();
    private final long generationsBefore = generations();
    private Slot first;
    private Slot second;

    @Actor
    public void first(final III_Result result) {
        first = claim();
        result.r1 = first.slotId();
    }

    @Actor
    public void second(final III_Result result) {
        second = claim();
        result.r2 = second.slotId();
    }

    /** Without a rank, so that each takes the first slot that is free. */
    private Slot claim() {
        return Slot.claim(segment);
    }

    private long generations() {
        long generations = 0;
        for (int slotId = 0; slotId < SLOTS; slotId++) {
            generations += segment.slots().generationAcquire(slotId);
        }
        return generations;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = (int) (generations() - generationsBefore);
        first.close();
        second.close();
        POOL.giveBack(segment);
    }
}
