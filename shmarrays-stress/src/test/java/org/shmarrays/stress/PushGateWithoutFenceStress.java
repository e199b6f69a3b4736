package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.shmarrays.internal.segment.Segment;

/**
 * A weakened twin of {@link PushGateStress}: the words of the gate without the push's full fence. That both then miss
 * each other shows that these tests see a missing fence on this machine; {@code StressIT} counts how often.
 */
@JCStressTest
@Description("The words of the push gate, without the full fence between inPush and the look at the pause word.")
@Outcome(id = "0, 0, 0", expect = ACCEPTABLE_INTERESTING, desc = "Neither saw the other: the fence is needed.")
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "The push came first; the snapshot would wait for it.")
@Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "The pause came first; the push would wait for its end.")
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "Each saw the other; the push would give way.")
@Outcome(expect = FORBIDDEN, desc = "The pause word was taken already: the state is not a fresh one.")
@State
public class PushGateWithoutFenceStress {
    private static final int SLOT = 0;
    private static final long TOKEN = 7;
    private static final SegmentPool<Segment> POOL = new SegmentPool<>(1, segment -> segment);

    private final Segment segment = POOL.borrow();
    private boolean taken;

    @Actor
    public void push(final III_Result result) {
        segment.slots().inPushRelease(SLOT, true);
        final long pause = segment.runControl().pauseAcquire();
        result.r1 = pause == 0 ? 0 : 1;
    }

    @Actor
    public void snapshot(final III_Result result) {
        taken = segment.runControl().compareAndSetPause(0, TOKEN);
        VarHandle.fullFence();
        result.r2 = segment.slots().inPushAcquire(SLOT) ? 1 : 0;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = taken ? 0 : 1;
        segment.slots().inPushRelease(SLOT, false);
        segment.runControl().compareAndSetPause(TOKEN, 0);
        POOL.giveBack(segment);
    }
}
