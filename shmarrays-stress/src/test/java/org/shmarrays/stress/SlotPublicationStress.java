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
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.ProcessIdentity;
import org.shmarrays.internal.worker.Slot;
import org.shmarrays.internal.worker.WorkerEnvironment;

/**
 * A real claim of a dead worker's slot, watched: generation, then identity, then state. A reader of the new generation,
 * then an active state, reads the new identity behind it. Steps S3 to S7.
 */
@JCStressTest
@Description("A slot changes its owner while another worker reads generation, state and identity, in this order.")
@Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "The reader was done before the claim.")
@Outcome(id = "1, 6, 1", expect = ACCEPTABLE, desc = "The reader saw the new owner, with its whole identity.")
@Outcome(id = "1, [0-5], 1", expect = FORBIDDEN, desc = "The slot was active with something of its old owner.")
@Outcome(expect = FORBIDDEN, desc = "The claim counts as none, or as several.")
@State
public class SlotPublicationStress {
    private static final ProcessIdentity DEAD = new ProcessIdentity(4_000, 1, 1, 1);
    private static final int OLD_RANK = 1;
    private static final int NEW_RANK = 0;
    private static final int WORLD_SIZE = 2;
    private static final long OLD_RUN = 11;
    private static final long NEW_RUN = 12;
    private static final long ENTRY_TIMEOUT_NS = 10_000_000_000L;

    /** So often a reader looks for the claim: some milliseconds. */
    private static final int LOOKS = 1_000_000;

    private static final SegmentPool<Segment> POOL = new SegmentPool<>(1, segment -> segment);

    private final Segment segment = POOL.borrow();
    private final SlotTable slots = segment.slots();
    private final long generationBefore = slots.generationAcquire(0);
    private Slot claimed;

    public SlotPublicationStress() {
        slots.process(0, DEAD.pid(), DEAD.start(), DEAD.bootId(), DEAD.pidNamespace());
        slots.role(0, OLD_RANK, WORLD_SIZE, OLD_RUN, WORLD_SIZE, 0);
        slots.stateRelease(0, SlotTable.ACTIVE);
    }

    @Actor
    public void claim() {
        claimed = Slot.claim(
                segment, new WorkerEnvironment(NEW_RANK, WORLD_SIZE, null, NEW_RUN, false), ENTRY_TIMEOUT_NS);
    }

    @Actor
    public void read(final III_Result result) {
        for (int i = 0; i < LOOKS; i++) {
            final long generation = slots.generationAcquire(0);
            if (generation != generationBefore && slots.stateAcquire(0) == SlotTable.ACTIVE) {
                result.r1 = (int) (generation - generationBefore);
                result.r2 = fieldsOfNewOwner();
                return;
            }
            Thread.onSpinWait();
        }
    }

    private int fieldsOfNewOwner() {
        final ProcessIdentity self = ProcessIdentity.current();
        int fields = 0;
        fields += slots.pid(0) == self.pid() ? 1 : 0;
        fields += slots.processStart(0) == self.start() ? 1 : 0;
        fields += slots.bootId(0) == self.bootId() ? 1 : 0;
        fields += slots.pidNamespace(0) == self.pidNamespace() ? 1 : 0;
        fields += slots.rank(0) == NEW_RANK ? 1 : 0;
        fields += slots.runId(0) == NEW_RUN ? 1 : 0;
        return fields;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = (int) (slots.generationAcquire(0) - generationBefore);
        claimed.close();
        POOL.giveBack(segment);
    }
}
