package org.shmarrays.benchmarks.scale;

import java.util.List;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.Workload;

/** Attaches to segments, in a worker process. */
public final class ScaleWorkload implements Workload {
    private final AttachCycles attaching;

    /** Arguments: names of the segments, which are there. */
    public ScaleWorkload(final Rendezvous rendezvous, final String... arguments) {
        attaching = new AttachCycles(List.of(arguments));
    }

    @Override
    public Candidate candidate(final int number) {
        return attaching;
    }
}
