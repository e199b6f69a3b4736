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

/** The version protocol where a change is taken back: no reader accepts anything of it. */
@JCStressTest
@Description("One worker changes a partition and takes the change back while another one reads it without the lock.")
@Outcome(id = "-1, -1, -1, 0", expect = ACCEPTABLE, desc = "The reader came into the change, and refused its copy.")
@Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "The reader saw the partition without the change.")
@Outcome(expect = FORBIDDEN, desc = "The reader accepted a change that was taken back, or it was not taken back.")
@State
public class RolledBackReadStress {
    private final LockedPartition partition = LockedPartition.borrow();

    @Actor
    public void writer() {
        partition.change(0);
        partition.rollback(0);
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
