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

/** The lock word alone: each worker tries once, and the holder writes plainly. Steps L2 and L22. */
@JCStressTest
@Description("Two workers try to take a lock word by compare-and-set, once each.")
@Outcome(
        id = {"0, -1, 0", "-1, 0, 0"},
        expect = ACCEPTABLE,
        desc = "One got it; the other came while it was held.")
@Outcome(
        id = {"0, 1, 0", "1, 0, 0"},
        expect = ACCEPTABLE,
        desc = "One after the other, and the second saw what the first had written.")
@Outcome(
        id = "0, 0, 0",
        expect = FORBIDDEN,
        desc = "Both were inside, or the second missed what the first had written.")
@Outcome(id = "-1, -1, 0", expect = FORBIDDEN, desc = "The lock was free, and neither got it.")
@Outcome(expect = FORBIDDEN, desc = "The word is not free at the end, or holds what neither wrote.")
@State
public class LockWordStress {
    private final LockedPartition partition = LockedPartition.borrow();
    private int written;

    @Actor
    public void first(final III_Result result) {
        result.r1 = tryOnce(0);
    }

    @Actor
    public void second(final III_Result result) {
        result.r2 = tryOnce(1);
    }

    /** What the holder found written, or -1 if the lock was not got. */
    private int tryOnce(final int worker) {
        final long token = LockedPartition.token(worker);
        if (!partition.table().compareAndSetLock(LockedPartition.PARTITION, 0, token)) {
            return -1;
        }
        final int found = written;
        written = found + 1;
        return partition.table().compareAndSetLock(LockedPartition.PARTITION, token, 0) ? found : -2;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = (int) partition.table().lockAcquire(LockedPartition.PARTITION);
        partition.giveBack();
    }
}
