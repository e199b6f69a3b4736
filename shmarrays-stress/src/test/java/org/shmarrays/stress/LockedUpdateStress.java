package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIIII_Result;

/** Two whole updates of a partition: lock, announced change with undo, step count, publication. */
@JCStressTest
@Description("Two workers each add 1 to every value of a partition, under its lock.")
@Outcome(id = "1, 2, 2, 2, 2", expect = ACCEPTABLE, desc = "The first worker's step was the first; nothing is lost.")
@Outcome(id = "2, 1, 2, 2, 2", expect = ACCEPTABLE, desc = "The second worker's step was the first; nothing is lost.")
@Outcome(expect = FORBIDDEN, desc = "An update, a step or a version was lost, or counted twice.")
@State
public class LockedUpdateStress {
    private final LockedPartition partition = LockedPartition.borrow();

    @Actor
    public void first(final IIIII_Result result) {
        result.r1 = update(0);
    }

    @Actor
    public void second(final IIIII_Result result) {
        result.r2 = update(1);
    }

    /** The number of the step. */
    private int update(final int worker) {
        partition.acquire(worker);
        final int step = partition.change(worker);
        partition.commit(worker);
        partition.release(worker);
        return step;
    }

    @Arbiter
    public void arbiter(final IIIII_Result result) {
        final LockedPartition.Copy copy = partition.read();
        result.r3 = copy.first();
        result.r4 = copy.last();
        result.r5 = partition.changes();
        partition.giveBack();
    }
}
