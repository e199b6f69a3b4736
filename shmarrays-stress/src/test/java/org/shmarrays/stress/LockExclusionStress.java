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

/** Mutual exclusion by {@code PartitionLock}, with all its waiting, of two holders who add plainly. */
@JCStressTest
@Description("Two workers take a partition's lock, waiting for it, and add 1 to a plain field.")
@Outcome(id = "1, 2, 2", expect = ACCEPTABLE, desc = "The first worker was inside first; the second saw its addition.")
@Outcome(id = "2, 1, 2", expect = ACCEPTABLE, desc = "The second worker was inside first; the first saw its addition.")
@Outcome(expect = FORBIDDEN, desc = "Both were inside, or one missed the other's addition.")
@State
public class LockExclusionStress {
    private final LockedPartition partition = LockedPartition.borrow();
    private int sum;

    @Actor
    public void first(final III_Result result) {
        result.r1 = add(0);
    }

    @Actor
    public void second(final III_Result result) {
        result.r2 = add(1);
    }

    private int add(final int worker) {
        partition.acquire(worker);
        final int mine = sum + 1;
        sum = mine;
        partition.release(worker);
        return mine;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = sum;
        partition.giveBack();
    }
}
