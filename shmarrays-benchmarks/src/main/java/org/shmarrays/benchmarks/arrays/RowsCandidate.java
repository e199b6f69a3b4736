package org.shmarrays.benchmarks.arrays;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.TimedLoop;
import org.shmarrays.benchmarks.harness.Window;

/** Calls for rows, counted for all workers to see. */
final class RowsCandidate implements Candidate {
    /** Looks what came of the calls of each worker. */
    interface Checking {
        long wrongValues(long... callsOfWorkers);
    }

    private final int rank;
    private final AtomicBuffer calls;
    private final TimedLoop loop;
    private final Checking checking;

    /**
     * Makes calls.
     *
     * @param calls a long for each worker
     */
    RowsCandidate(final int rank, final Runnable call, final AtomicBuffer calls, final Checking checking) {
        this.rank = rank;
        this.calls = calls;
        this.loop = new TimedLoop(call);
        this.checking = checking;
    }

    @Override
    public Outcome run(final Window window) {
        final Outcome outcome = loop.run(window);
        final int offset = rank * Long.BYTES;
        calls.putLongRelease(offset, calls.getLong(offset) + outcome.passes());
        return outcome;
    }

    @Override
    public long check(final long passes) {
        final long[] callsOfWorkers = new long[calls.capacity() / Long.BYTES];
        for (int worker = 0; worker < callsOfWorkers.length; worker++) {
            callsOfWorkers[worker] = calls.getLongVolatile(worker * Long.BYTES);
        }
        return checking.wrongValues(callsOfWorkers);
    }
}
