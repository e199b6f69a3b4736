package org.shmarrays.spark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.dl4j.PortableModel;

/** What a training on many hosts has come to. */
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
        final Map<String, Object> named = new LinkedHashMap<>();
        for (int array = 0; array < values.length; array++) {
            named.put(table.name(array), values[array]);
        }
        return named;
    }

    /** Copies parameters and counts into the model. */
    void copyTo(final Object model) {
        final INDArray parameters = values[0] instanceof double[] doubles
                ? Nd4j.createFromArray(doubles)
                : Nd4j.createFromArray((float[]) values[0]);
        PortableModel.copyParameters(parameters, model);
        PortableModel.counts(model, iteration, epoch);
    }
}
