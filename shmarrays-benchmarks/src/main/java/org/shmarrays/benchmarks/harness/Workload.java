package org.shmarrays.benchmarks.harness;

/**
 * What a worker process can be asked to do: some candidates, by number, which are all ready when it is made. A public
 * class with a public constructor (Rendezvous, String[] arguments). For one thread.
 */
public interface Workload extends AutoCloseable {
    /** The candidate of this number, from 0. */
    Candidate candidate(int number);

    @Override
    default void close() {}
}
