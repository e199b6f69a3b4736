package org.shmarrays.benchmarks.harness;

/** Candidates that go wrong: 0 has wrong results, 1 throws, 2 is right. */
public final class BadWorkload implements Workload {
    public BadWorkload(final Rendezvous rendezvous, final String... arguments) {}

    @Override
    public Candidate candidate(final int number) {
        return new Candidate() {
            @Override
            public Outcome run(final Window window) {
                window.awaitStart();
                if (number == 1) {
                    throw new IllegalArgumentException("meant to fail");
                }
                return new Outcome(1, 1, 0, 0);
            }

            @Override
            public long check(final long passes) {
                return number == 0 ? 3 : 2 - passes;
            }
        };
    }
}
