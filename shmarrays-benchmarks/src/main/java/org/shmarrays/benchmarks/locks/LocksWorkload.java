package org.shmarrays.benchmarks.locks;

import java.util.ArrayList;
import java.util.List;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.Workload;

/**
 * The locks in one worker process. Candidates, in order: for each length of the critical section the lock of a partition and
 * compare-and-set with yields, then the control. A worker alone has two: pairs of the one and of the other.
 */
public final class LocksWorkload implements Workload {
    private final List<Candidate> candidates = new ArrayList<>();
    private final PartitionExclusion partition;

    /** Arguments: name of a segment, then lengths of critical sections in ns. */
    public LocksWorkload(final Rendezvous rendezvous, final String... arguments) {
        partition = new PartitionExclusion(arguments[0], rendezvous.rank(), rendezvous.workers());
        final CompareAndSetYield word =
                new CompareAndSetYield(rendezvous.shared(), rendezvous.lockWordOffset(), rendezvous.rank() + 1L);
        if (rendezvous.workers() == 1) {
            candidates.add(new UncontendedPairs(partition));
            candidates.add(new UncontendedPairs(word));
            return;
        }
        int counterOffset = rendezvous.counterOffset();
        for (int i = 1; i < arguments.length; i++) {
            final CriticalSection section = new CriticalSection(Long.parseLong(arguments[i]));
            for (final Exclusion exclusion : List.of(partition, word)) {
                candidates.add(new ContendedLock(exclusion, section, rendezvous.shared(), counterOffset));
                counterOffset += Long.BYTES;
            }
        }
        candidates.add(new YieldingOnly());
    }

    @Override
    public Candidate candidate(final int number) {
        return candidates.get(number);
    }

    @Override
    public void close() {
        partition.close();
    }
}
