package org.shmarrays.spark;

import java.util.List;
import java.util.Map;
import org.shmarrays.dl4j.PortableModel;

/** The outcome of a training on many hosts. */
public final class HostTrainingResult {
    private final List<Round> rounds;
    private final ChunkTable table;
    private final Object[] values;
    private final long iteration;
    private final long epoch;

    HostTrainingResult(
            final List<Round> rounds,
            final ChunkTable table,
            final Object[] values,
            final long iteration,
            final long epoch) {
        this.rounds = List.copyOf(rounds);
        this.table = table;
        this.values = values;
        this.iteration = iteration;
        this.epoch = epoch;
    }

    /** All rounds, in order. */
    public List<Round> rounds() {
        return rounds;
    }

    /** Intervals that were lost with a host. */
    public int lostIntervals() {
        return rounds.stream().mapToInt(Round::lostIntervals).sum();
    }

    /** Samples of all rounds; those of lost intervals don't count. */
    public long samples() {
        return rounds.stream().mapToLong(Round::samples).sum();
    }

    /** Passes over the data that are complete. */
    public long epoch() {
        return epoch;
    }

    /**
     * The trained values of the floating-point arrays, row-major or as their order says.
     *
     * @return for each name a float[], or a double[] where the array is of float64
     */
    public Map<String, Object> values() {
        return table.named(values);
    }

    /** Copies parameters and counts into the model. */
    void copyTo(final Object model) {
        PortableModel.copyParameters(NetworkModel.vector(values[0]), model);
        PortableModel.counts(model, iteration, epoch);
    }
}
