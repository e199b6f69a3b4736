package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.shmarrays.internal.layout.EpochCount;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.segment.Segment;

/** Passes that end at one time: each counts once, and the last one of an epoch ends it once. */
@JCStressTest
@Description("Two workers end two passes each, of which two are an epoch.")
@Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "Four passes are two epochs.")
@Outcome(expect = FORBIDDEN, desc = "A pass was lost or counted twice, or ended an epoch that it does not belong to.")
@State
public class EndedPassStress {
    private static final int WORKERS = 2;
    private static final SegmentPool<Segment> POOL = new SegmentPool<>(WORKERS, segment -> segment);

    private final Segment segment = POOL.borrow();
    private final RunControlBlock runControl = segment.runControl();

    public EndedPassStress() {
        runControl.epochCountRelease(EpochCount.NONE);
    }

    @Actor
    public void first() {
        endTwoPasses();
    }

    @Actor
    public void second() {
        endTwoPasses();
    }

    private void endTwoPasses() {
        runControl.endPass(WORKERS);
        runControl.endPass(WORKERS);
    }

    @Arbiter
    public void arbiter(final II_Result result) {
        final EpochCount count = runControl.epochCountAcquire();
        result.r1 = (int) count.epoch();
        result.r2 = (int) count.endedPasses();
        POOL.giveBack(segment);
    }
}
