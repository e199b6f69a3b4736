package org.shmarrays.spark;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.shmarrays.dl4j.PortableModel;

/** The outcome of a training on many hosts. */
public final class HostTrainingResult {
    private final List<Round> rounds;
    private final int undoneRounds;
    private final ChunkTable table;
    private final Object[] values;
    private final Counts counts;
    private final String checkpoint;
    private final Configuration settings;
    private Object model;

    /**
     * A result.
     *
     * @param checkpoint the newest one, or null
     * @param settings of Hadoop
     */
    HostTrainingResult(
            final List<Round> rounds,
            final int undoneRounds,
            final ChunkTable table,
            final Object[] values,
            final Counts counts,
            final String checkpoint,
            final Configuration settings) {
        this.rounds = List.copyOf(rounds);
        this.undoneRounds = undoneRounds;
        this.table = table;
        this.values = values;
        this.counts = counts;
        this.checkpoint = checkpoint;
        this.settings = settings;
    }

    /** The rounds of this run, in order. Those before the checkpoint from which it was resumed are not among them. */
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

    /** Rounds that were undone because all hosts that kept some of the parameters were lost. */
    public int undoneRounds() {
        return undoneRounds;
    }

    /** Passes over the data that are complete. */
    public long epoch() {
        return counts.epoch();
    }

    /** The checkpoint of the last round, if checkpoints are written. */
    public Optional<String> checkpoint() {
        return Optional.ofNullable(checkpoint);
    }

    /**
     * The trained values of the floating-point arrays, row-major or as their order says.
     *
     * @return for each name a float[], or a double[] where the array is of float64
     */
    public Map<String, Object> values() {
        return table.named(values);
    }

    /**
     * Saves the trained model as DL4J's ModelSerializer, or {@code SameDiff.save}, does: parameters and counts, and no
     * updater state, which stays on the hosts. The file is replaced as a whole.
     *
     * @param path in a file system of Hadoop
     * @throws IllegalStateException if the training was of arrays
     * @throws IOException if the file can't be written; one that was there is as it was
     */
    public void save(final String path) throws IOException {
        if (model == null) {
            throw new IllegalStateException("only a training of a network has a model to save: use values(), or"
                    + " checkpointTo(path, everyRounds)");
        }
        final Path file = Files.createTempFile("shmarrays-model-", ".zip");
        try {
            PortableModel.save(model, file);
            try (FileChannel content = FileChannel.open(file)) {
                HadoopPath.of(path, settings).replaceBy(content);
            }
        } finally {
            Files.delete(file);
        }
    }

    /** Copies parameters and counts into the model. */
    void copyTo(final Object trained) {
        PortableModel.copyParameters(NetworkModel.vector(values[0]), trained);
        PortableModel.counts(trained, counts.iteration(), counts.epoch());
        model = trained;
    }
}
