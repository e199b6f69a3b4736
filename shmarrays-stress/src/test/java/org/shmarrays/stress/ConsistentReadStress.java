package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/** The version protocol: who accepts a copy has seen a whole state, with its step count. Steps W1 to W4 and V1 to V6. */
@JCStressTest
@Description("One worker changes a partition and publishes it while another one reads it without the lock.")
@Outcome(id = "-1, -1, -1, 1", expect = ACCEPTABLE, desc = "The reader came into the change, and refused its copy.")
@Outcome(id = "0, 0, 0, 1", expect = ACCEPTABLE, desc = "The reader saw the partition as it was before the change.")
@Outcome(id = "1, 1, 1, 1", expect = ACCEPTABLE, desc = "The reader saw the whole change, with its step.")
@Outcome(expect = FORBIDDEN, desc = "The reader accepted a torn copy, or the change was lost.")
@State
public class ConsistentReadStress {
    private final LockedPartition partition = LockedPartition.borrow();

    @Actor
    public void writer() {
        partition.change(0);
        partition.commit(0);
    }

    @Actor
    public void reader(final IIII_Result result) {
        partition.read().into(result);
    }

    @Arbiter
    public void arbiter(final IIII_Result result) {
        result.r4 = partition.read().first();
        partition.giveBack();
    }
}
