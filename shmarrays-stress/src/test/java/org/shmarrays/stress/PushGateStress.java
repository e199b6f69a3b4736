package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.SystemNanoClock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.shmarrays.internal.layout.RegionDescriptor;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.internal.worker.PushGate;
import org.shmarrays.internal.worker.Slot;

/** The real {@code PushGate}: a snapshot contains a push wholly or not at all. Steps G1 to G4, P2, P3 and P5. */
@JCStressTest
@Description("One worker pushes through the gate while another one pauses the segment and looks twice.")
@Outcome(id = "0, 0, 2", expect = ACCEPTABLE, desc = "The pause came first, and the push waited for its end.")
@Outcome(id = "1, 1, 2", expect = ACCEPTABLE, desc = "The push came first, and the pause waited for its end.")
@Outcome(expect = FORBIDDEN, desc = "The push went on during the pause: neither of the two saw the other.")
@State
public class PushGateStress {
    private static final int SLOTS = 2;
    private static final int FIRST_OFFSET = RegionDescriptor.HEADER_LENGTH;
    private static final int SECOND_OFFSET = FIRST_OFFSET + Long.BYTES;

    /** So often the snapshot's owner waits between its looks, for a push that slipped through to come to light. */
    private static final int SPINS = 20;

    private static final SegmentPool<Gates> POOL = new SegmentPool<>(SLOTS, Gates::of);

    private record Gates(PushGate worker, PushGate snapshot, AtomicBuffer values) {
        static Gates of(final Segment segment) {
            return new Gates(gate(segment), gate(segment), segment.file(0, 0).atomic());
        }

        private static PushGate gate(final Segment segment) {
            final Slot slot = Slot.claim(segment);
            return new PushGate(slot, WaitLimit.of(TimeUnit.SECONDS.toNanos(60)), SystemNanoClock.INSTANCE, () -> {});
        }
    }

    private final Gates gates = POOL.borrow();

    public PushGateStress() {
        gates.values.putLong(FIRST_OFFSET, 0);
        gates.values.putLong(SECOND_OFFSET, 0);
    }

    @Actor
    public void push() {
        gates.worker.enter();
        gates.values.putLongRelease(FIRST_OFFSET, 1);
        gates.values.putLongRelease(SECOND_OFFSET, 1);
        gates.worker.leave();
    }

    @Actor
    public void snapshot(final III_Result result) {
        gates.snapshot.pause();
        result.r1 = (int) gates.values.getLongAcquire(FIRST_OFFSET);
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
        }
        result.r2 = (int) gates.values.getLongAcquire(SECOND_OFFSET);
        gates.snapshot.resume();
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = (int) (gates.values.getLong(FIRST_OFFSET) + gates.values.getLong(SECOND_OFFSET));
        POOL.giveBack(gates);
    }
}
