package org.shmarrays.benchmarks.arrays;

import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.TimedLoop;
import org.shmarrays.benchmarks.harness.Window;

/** A bare loop over a memory without structure. */
final class LimitCandidate implements Candidate {
    private static final double RACING_SLACK = 0.5;

    private final ArraySet set;
    private final ArrayOp op;
    private final Limit limit;
    private final boolean shared;
    private final TimedLoop loop;

    LimitCandidate(
            final ArraySet set, final ArrayOp op, final Limit limit, final LimitLoop loop, final boolean shared) {
        this.set = set;
        this.op = op;
        this.limit = limit;
        this.shared = shared;
        limit.prepare(loop);
        this.loop = new TimedLoop(op.limitPass(limit, loop));
    }

    @Override
    public Outcome run(final Window window) {
        final Outcome outcome = loop.run(window);
        limit.count(outcome.passes());
        return outcome;
    }

    @Override
    public long check(final long passes) {
        final Check check = new Check(op, set.type(), limit.passes(), shared && op.isUpdate(), RACING_SLACK);
        if (op == ArrayOp.READ) {
            return check.wrongValues(i -> Values.get(limit.flat(), i), 0, set.elementCount());
        }
        return check.wrongValues(limit::get, 0, set.elementCount());
    }
}
