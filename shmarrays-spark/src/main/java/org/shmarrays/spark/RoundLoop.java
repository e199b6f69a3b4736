package org.shmarrays.spark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.spark.api.java.JavaSparkContext;

// Over 300 lines: one training, from its first round to its end.
/**
 * The rounds of a training, one after the other. For the driver's thread.
 *
 * @param <T> type of the batches
 */
final class RoundLoop<T> implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RoundLoop.class.getName());

    /** Attempts that fail though no executor is lost: then it is no fault of a host's. */
    private static final int MOST_FAILURES = 3;

    /** Attempts in which an executor is lost, one after the other: then it may be the training that ends executors. */
    private static final int MOST_LOSSES = 10;

    /** How long after a failure Spark may report the lost executor that caused it. */
    private static final Duration LATEST_NEWS = Duration.ofSeconds(2);

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
    private final SpareCores cores;
    private final List<Round> ended = new ArrayList<>();
    private Centre<T> centre;
    private int undone;
    private int attempts;
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
    }

    /** Trains until one of the ends is reached. */
    HostTrainingResult run(
            final long rounds, final long epochs, final RoundEvaluation evaluation, final Predicate<Round> listener)
            throws InterruptedException {
        checkpoints.find();
        awaitHosts(System.Logger.Level.INFO); // executors start after the application
        centre = new Centre<>(context, plan, combine, cores, executors.count());
        repeated("the start", lost -> jobs("start of the training", hosts -> begin()));
        boolean goesOn = true;
        while (goesOn && isUnfinished(rounds, epochs)) {
            final Round round = evaluated(round(), evaluation);
            if (isUndone(round)) {
                continue;
            }
            ended.add(round);
            history.ended(round);
            goesOn = listener.test(round);
            if (!(goesOn && isUnfinished(rounds, epochs)) || checkpoints.isDue(state.rounds())) {
                goesOn |= !isSaved();
            }
        }
        final ChunkTable table = plan.model().table();
        final Object[] values = table.newCarriers();
        repeated(
                "the end",
                lost -> jobs("the trained parameters", hosts -> {
                    centre.collect((chunk, index) -> table.copyInto(values, index, chunk));
                    return null;
                }));
        return new HostTrainingResult(
                ended,
                undone,
                table,
                values,
                state.counts(),
                checkpoints.newest().map(HadoopPath::name).orElse(null),
                context.hadoopConfiguration());
    }

    private boolean isUnfinished(final long rounds, final long epochs) {
        return state.rounds() < rounds && state.epochs() < epochs;
    }

    /** Makes the common parameters: those of the checkpoint to resume from, or new ones. */
    private Void begin() {
        if (checkpoints.newest().isPresent()) {
            final SavedTraining saved = checkpoints.read();
            checkpoints.check(saved, state.progress(saved.progress().hosts(executors.count())));
            state.checkResumable(saved.progress());
            goOnFrom(saved.progress());
        } else {
            centre.initialise(executors.count());
        }
        return save();
    }

    /** What the driver knows comes first: with lost parameters it is read once more. */
    private void goOnFrom(final TrainingProgress progress) {
        state.goOnFrom(progress);
        centre.restore(executors.count(), checkpoints.newestFile());
    }

    /** Writes a checkpoint, unless the newest one is of this round. */
    private Void save() {
        if (checkpoints.isMissing(state.rounds())) {
            checkpoints.write(centre, state.progress(executors.count()));
        }
        return null;
    }

    /** False if the training had to go back to an earlier round. */
    private boolean isSaved() throws InterruptedException {
        final long before = state.rounds();
        repeated("a checkpoint", lost -> jobs("checkpoint after round " + (before - 1), hosts -> save()));
        return state.rounds() == before;
    }

    private Round evaluated(final Round round, final RoundEvaluation evaluation) throws InterruptedException {
        if (!evaluation.isDue(round.number())) {
            return round;
        }
        return repeated(
                "an evaluation",
                lost -> isUndone(round)
                        ? round
                        : jobs("evaluation after round " + round.number(), hosts -> evaluate(round, evaluation)));
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

    private void awaitHosts(final System.Logger.Level level) throws InterruptedException {
        if (executors.count() >= needed.least()) {
            return;
        }
        LOG.log(
                level,
                "waiting for hosts: executors=" + executors.count() + ", needed=" + needed.least() + ", at most "
                        + needed.timeout().toSeconds() + " s");
        final boolean areThere = executors.await(needed.least(), needed.timeout());
        checkApplication(null);
        if (!areThere) {
            throw new HostTrainingException("too few hosts: executors=" + executors.count() + ", needed="
                    + needed.least() + ", waited=" + needed.timeout().toSeconds()
                    + " s; start more workers of Spark, or ask for fewer by minHosts" + hintOfLastCheckpoint());
        }
    }

    /** Saves what there is, as far as that is possible, and says from where the training can be resumed. */
    private String hintOfLastCheckpoint() throws InterruptedException {
        if (centre != null && centre.isBegun() && executors.count() > 0) {
            try {
                jobs("last checkpoint", hosts -> save());
            } catch (final InterruptedException e) {
                throw e;
            } catch (final Exception e) {
                LOG.log(System.Logger.Level.WARNING, "the last round can't be saved: " + firstLine(e));
            }
        }
        return checkpoints.hint();
    }

    /** A round, which is tried until it succeeds. */
    private Round round() throws InterruptedException {
        final long startNs = System.nanoTime();
        return repeated("an interval", lost -> {
            if (lost > 0) {
                RoundMeters.OF_DRIVER.lost();
            }
            final RoundStart[] start = new RoundStart[1];
            final RoundReports reports = jobs("round " + state.rounds(), hosts -> {
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

    private interface Attempt<R> {
        /** Does something, after so many attempts that were lost. */
        R run(int lost) throws Exception;
    }

    /** Repeats an attempt that fails because a host is lost. */
    private <R> R repeated(final String what, final Attempt<R> attempt) throws InterruptedException {
        int lost = 0;
        int failures = 0;
        while (true) {
            awaitHosts(System.Logger.Level.WARNING);
            try {
                if (lost > 0 && centre.isBegun()) {
                    jobs("search for lost parameters", hosts -> goBackIfLost());
                }
                return attempt.run(lost);
            } catch (final HostTrainingException | InterruptedException e) {
                throw e;
            } catch (final Exception e) {
                checkApplication(e);
                lost++;
                failures = executors.awaitLoss(LATEST_NEWS) ? 0 : failures + 1;
                history.lost(what, state.rounds(), executors.lost() == null ? firstLine(e) : executors.lost());
                checkHopeful(what, lost, failures, e);
                LOG.log(
                        System.Logger.Level.WARNING,
                        what + " is lost and will be repeated: round=" + state.rounds() + ", lost=" + executors.lost()
                                + ", " + firstLine(e));
            }
        }
    }

    private void checkApplication(final Exception cause) {
        if (context.sc().isStopped()) {
            throw new HostTrainingException(
                    "the Spark application has ended: round=" + state.rounds() + checkpoints.hint(), cause);
        }
    }

    private void checkHopeful(final String what, final int lost, final int failures, final Exception cause) {
        if (failures >= MOST_FAILURES) {
            throw new HostTrainingException(
                    what + " fails again and again, and no host is lost: round=" + state.rounds() + ", "
                            + firstLine(cause) + checkpoints.hint(),
                    cause);
        }
        if (lost >= MOST_LOSSES) {
            throw new HostTrainingException(
                    what + " was lost " + lost + " times in a row: round=" + state.rounds() + ", last="
                            + executors.lost() + "; the logs of the executors tell why they end" + checkpoints.hint(),
                    cause);
        }
    }

    private static String firstLine(final Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** Runs jobs that end when an executor is lost, or this thread is interrupted. */
    private <R> R jobs(final String description, final HostsJob<R> job) throws Exception {
        final int hosts = executors.begin(plan.training() + "-" + attempts++, "shmarrays: " + description);
        try {
            return job.run(hosts);
        } catch (final InterruptedException e) {
            executors.cancel("the driver was interrupted");
            throw e;
        } finally {
            executors.end();
        }
    }

    private interface HostsJob<R> {
        /** Does something with so many hosts. */
        R run(int hosts) throws Exception;
    }

    /** Goes back to the last checkpoint if some of the parameters were kept by lost executors only. */
    private Void goBackIfLost() throws Exception {
        try {
            centre.checkWhole();
        } catch (final Exception e) {
            if (executors.lost() != null || e instanceof InterruptedException) {
                throw e;
            }
            goBack(e);
        }
        return null;
    }

    private void goBack(final Exception cause) {
        final long lostRound = state.rounds();
        if (checkpoints.newest().isEmpty()) {
            throw new HostTrainingException(
                    "parameters are lost with all executors that kept them: round=" + lostRound
                            + "; with checkpointTo(path, everyRounds) a training goes back to its last checkpoint",
                    cause);
        }
        final TrainingProgress saved = checkpoints.read().progress();
        ended.removeIf(round -> round.number() >= saved.rounds());
        undone += Math.toIntExact(lostRound - saved.rounds());
        goOnFrom(saved);
        history.goneBack(lostRound, saved.rounds());
        LOG.log(
                System.Logger.Level.WARNING,
                "parameters are lost with all executors that kept them, and the training goes back to its last"
                        + " checkpoint: round=" + lostRound + ", undone=" + (lostRound - saved.rounds()) + ", file="
                        + checkpoints.newestFile().file() + ", " + firstLine(cause));
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
                history.summaries(Host.close(plan.training()).stream()
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
                isDone = jobs("end of the training", this::closeHosts);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                isDone = true;
            } catch (final Exception e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a host could not be told the end of the training; its executor removes the segment when it"
                                + " ends: " + firstLine(e));
            }
        }
    }

    private boolean closeHosts(final int hosts) {
        final String training = plan.training();
        if (hosts > 0) {
            history.summaries(cores.taken(BarrierStage.mapPartitions(
                            context.parallelize(Collections.nCopies(hosts, 0), hosts),
                            numbers -> Host.close(training).stream().iterator()))
                    .collect());
        }
        return true;
    }
}
