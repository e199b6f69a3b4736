package org.shmarrays.spark;

import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The rounds of a training, one after the other. For the driver's thread.
 *
 * @param <T> type of the batches
 */
final class RoundLoop<T> implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RoundLoop.class.getName());

    /** How often the hosts are told the end of the training, if one of them is lost meanwhile. */
    private static final int MOST_ENDS = 3;

    /** After so many bytes that hosts wrote for each other, Spark is given a chance to delete them. */
    private static final long BYTES_BETWEEN_COLLECTIONS = 1L << 29;

    private static final double NS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final JavaSparkContext context;
    private final HostPlan<T> plan;
    private final Combine combine;
    private final TrainingState<T> state;
    private final HostData<T> data;
    private final HostsNeeded needed;
    private final TrainingCheckpoints checkpoints;
    private final RoundHistory history;
    private final LiveExecutors executors;
    private final RestorableTraining<T> training;
    private final HostJobs jobs;
    private final SpareCores cores;
    private Centre<T> centre;
    private long writtenBytes;

    /**
     * A training.
     *
     * @param state how far it has come
     * @param data opens the data where the state has none
     */
    RoundLoop(
            final JavaSparkContext context,
            final HostPlan<T> plan,
            final Combine combine,
            final TrainingState<T> state,
            final HostData<T> data,
            final HostsNeeded needed,
            final TrainingCheckpoints checkpoints,
            final RoundHistory history) {
        this.context = context;
        this.plan = plan;
        this.combine = combine;
        this.state = state;
        this.data = data;
        this.needed = needed;
        this.checkpoints = checkpoints;
        this.history = history;
        this.cores = new SpareCores(context);
        this.executors = new LiveExecutors(context);
        this.training = new RestorableTraining<>(state, checkpoints, executors, history);
        this.jobs = new HostJobs(context, plan.training(), needed, executors, training, history);
    }

    /** Trains until one of the ends is reached. */
    HostTrainingResult run(
            final long rounds, final long epochs, final RoundEvaluation evaluation, final Predicate<Round> listener)
            throws InterruptedException {
        checkpoints.find();
        jobs.awaitHosts(System.Logger.Level.INFO); // executors start after the application
        centre = new Centre<>(context, plan, combine, cores, executors.count());
        jobs.repeated(
                "the start",
                lost -> jobs.run("start of the training", hosts -> {
                    training.begin(centre);
                    return null;
                }));
        boolean goesOn = true;
        while (goesOn && isUnfinished(rounds, epochs)) {
            final Round round = evaluated(round(), evaluation);
            if (isUndone(round)) {
                continue;
            }
            training.ended(round);
            history.ended(round);
            goesOn = listener.test(round);
            if (!(goesOn && isUnfinished(rounds, epochs)) || checkpoints.isDue(state.rounds())) {
                goesOn |= !isSaved();
            }
        }
        final ChunkTable table = plan.model().table();
        final Object[] values = table.newCarriers();
        jobs.repeated(
                "the end",
                lost -> jobs.run("the trained parameters", hosts -> {
                    centre.collect((chunk, index) -> table.copyInto(values, index, chunk));
                    return null;
                }));
        return new HostTrainingResult(
                training.ended(),
                training.undone(),
                table,
                values,
                state.counts(),
                checkpoints.newest().map(HadoopPath::name).orElse(null),
                context.hadoopConfiguration());
    }

    private boolean isUnfinished(final long rounds, final long epochs) {
        return state.rounds() < rounds && state.epochs() < epochs;
    }

    /** False if the training had to go back to an earlier round. */
    private boolean isSaved() throws InterruptedException {
        final long before = state.rounds();
        jobs.repeated(
                "a checkpoint",
                lost -> jobs.run("checkpoint after round " + (before - 1), hosts -> {
                    training.save();
                    return null;
                }));
        return state.rounds() == before;
    }

    private Round evaluated(final Round round, final RoundEvaluation evaluation) throws InterruptedException {
        if (!evaluation.isDue(round.number())) {
            return round;
        }
        return jobs.repeated(
                "an evaluation",
                lost -> isUndone(round)
                        ? round
                        : jobs.run("evaluation after round " + round.number(), hosts -> evaluate(round, evaluation)));
    }

    private boolean isUndone(final Round round) {
        return round.number() >= state.rounds();
    }

    private Round evaluate(final Round round, final RoundEvaluation evaluation) {
        final EvaluationReport report = centre.evaluate(evaluation.evaluation());
        if (report.failure() != null) {
            throw new HostTrainingException("an evaluation has failed: round=" + round.number() + ", executor="
                    + report.executor() + ", " + report.failure());
        }
        return round.withEvaluation(report.value());
    }

    /** A round, which is tried until it succeeds. */
    private Round round() throws InterruptedException {
        final long startNs = System.nanoTime();
        return jobs.repeated("an interval", lost -> {
            if (lost > 0) {
                RoundMeters.OF_DRIVER.lost();
            }
            final RoundStart[] start = new RoundStart[1];
            final RoundReports reports = jobs.run("round " + state.rounds(), hosts -> {
                if (hosts < needed.least()) {
                    throw new IllegalStateException("a host was lost before the round: hosts=" + hosts);
                }
                RoundMeters.OF_DRIVER.members(hosts);
                if (executors.takeJoined()) {
                    centre.sendWhole();
                }
                start[0] = state.start(hosts);
                return train(start[0]);
            });
            return ended(start[0], reports, System.nanoTime() - startNs, lost);
        });
    }

    private RoundReports train(final RoundStart start) throws Exception {
        final RoundReports reports = centre.train(start, state.batches(start.hosts()), data);
        reports.checkWorkers();
        return reports;
    }

    private Round ended(final RoundStart start, final RoundReports reports, final long ns, final int lost) {
        for (final HostReport report : reports.hosts()) {
            if (report.failure() != null) {
                throw new HostTrainingException("a worker has failed: round=" + start.number() + ", executor="
                        + report.executor() + ", " + report.failure());
            }
        }
        final TrainingCounts counts = reports.counts();
        state.ended(reports);
        collectGarbage(start.hosts());
        RoundMeters.OF_DRIVER.ended(counts);
        history.trained(start.number(), reports.hosts());
        final double seconds = ns / NS_PER_SECOND;
        return new Round(
                start.number(),
                start.hosts(),
                state.counts().epoch(),
                counts,
                seconds,
                seconds - reports.longestTraining(),
                lost,
                Double.NaN);
    }

    /**
     * Spark deletes what its stages have written when the driver's RDDs are garbage, which a small heap seldom sees.
     */
    private void collectGarbage(final int hosts) {
        writtenBytes += (hosts + 1L) * centre.exchangedBytes();
        if (writtenBytes > BYTES_BETWEEN_COLLECTIONS) {
            writtenBytes = 0;
            System.gc();
        }
    }

    /** Removes the segments of all hosts, as far as they can be reached. */
    @Override
    public void close() {
        RoundMeters.OF_DRIVER.members(0);
        final boolean isInterrupted = Thread.interrupted(); // jobs would fail at once
        try (executors) {
            if (context.isLocal()) {
                history.summaries(ExecutorHosts.close(plan.training()).stream()
                        .toList()); // in this JVM, where it stays when Spark is stopped
            }
            if (!context.sc().isStopped()) {
                state.close();
                if (centre != null) {
                    centre.close();
                }
                closeHosts();
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeHosts() {
        boolean isDone = context.isLocal();
        for (int end = 0; !isDone && end < MOST_ENDS; end++) {
            try {
                isDone = jobs.run("end of the training", this::closeHosts);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                isDone = true;
            } catch (final Exception e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a host could not be told the end of the training; its executor removes the segment when it"
                                + " ends: " + StackTraces.firstLine(e));
            }
        }
    }

    private boolean closeHosts(final int hosts) {
        final String name = plan.training();
        if (hosts > 0) {
            history.summaries(cores.taken(BarrierStage.mapPartitions(
                            context.parallelize(Collections.nCopies(hosts, 0), hosts),
                            numbers -> ExecutorHosts.close(name).stream().iterator()))
                    .collect());
        }
        return true;
    }
}
