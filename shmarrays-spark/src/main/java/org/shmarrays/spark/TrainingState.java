package org.shmarrays.spark;

import org.apache.spark.api.java.JavaRDD;

/**
 * How far a training has come: its counts, and which of its data is trained. For the driver's thread.
 *
 * @param <T> type of the batches
 */
final class TrainingState<T> implements AutoCloseable {
    /** Null where each round opens its data. */
    private final DividedData<T> divided;

    private long rounds;
    private long iteration;
    private long samples;
    private long firstEpoch;

    /**
     * A training that begins.
     *
     * @param before for how long the model was trained
     * @param divided the data, or null
     */
    TrainingState(final Counts before, final DividedData<T> divided) {
        this.divided = divided;
        this.iteration = before.iteration();
        this.firstEpoch = before.epoch();
    }

    /** Rounds that have ended: the number of the next one. */
    long rounds() {
        return rounds;
    }

    /** Passes over the data that this training has completed. */
    long epochs() {
        return divided == null ? 0 : divided.epoch();
    }

    /** Iterations and epochs, those before the training included. */
    Counts counts() {
        return new Counts(iteration, firstEpoch + epochs());
    }

    /** With what the next round begins on so many hosts. */
    RoundStart start(final int hosts) {
        return new RoundStart(rounds, hosts, iteration, counts().epoch());
    }

    /** The batches of the next round, a partition for each host; null where each round opens its data. */
    JavaRDD<T> batches(final int hosts) {
        return divided == null ? null : divided.batches(hosts);
    }

    /** Notes what the hosts have done in a round. */
    void ended(final RoundReports reports) {
        final TrainingCounts counts = reports.counts();
        final long trained = reports.hosts().stream()
                .filter(report -> report.counts().steps() > 0)
                .count();
        rounds++;
        samples += counts.samples();
        iteration += trained == 0 ? 0 : Math.round(counts.steps() / (double) trained);
        if (divided != null) {
            divided.trained(reports.hosts());
        }
    }

    /** For a checkpoint. Data that is not divided is divided for so many hosts first. */
    TrainingProgress progress(final int hosts) {
        return new TrainingProgress(
                rounds, iteration, counts().epoch(), samples, divided == null ? null : divided.progress(hosts));
    }

    /**
     * Throws unless the data of an earlier run can be divided as it was.
     *
     * @throws HostTrainingException if it has no fixed order
     */
    void checkResumable(final TrainingProgress progress) {
        if (divided != null) {
            divided.checkResumable(progress.data());
        }
    }

    /** Goes on after other rounds, of this training or of one that it resumes. */
    void goOnFrom(final TrainingProgress progress) {
        rounds = progress.rounds();
        iteration = progress.iteration();
        samples = progress.samples();
        firstEpoch = progress.epoch() - (divided == null ? 0 : progress.data().epoch());
        if (divided != null) {
            divided.goOnFrom(progress.data());
        }
    }

    /** Spark forgets the data. */
    @Override
    public void close() {
        if (divided != null) {
            divided.close();
        }
    }
}
