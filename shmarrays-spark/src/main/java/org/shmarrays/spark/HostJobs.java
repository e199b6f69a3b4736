package org.shmarrays.spark;

import java.time.Duration;
import org.apache.spark.api.java.JavaSparkContext;

/** The jobs of a training on its hosts: each is repeated if a host is lost meanwhile. For the driver's thread. */
final class HostJobs {
    private static final System.Logger LOG = System.getLogger(HostJobs.class.getName());

    /** Attempts that fail though no executor is lost: then it is no fault of a host's. */
    private static final int MOST_FAILURES = 3;

    /** Attempts in which an executor is lost, one after the other: then it may be the training that ends executors. */
    private static final int MOST_LOSSES = 10;

    /** How long after a failure Spark may report the lost executor that caused it. */
    private static final Duration LATEST_NEWS = Duration.ofSeconds(2);

    private final JavaSparkContext context;
    private final String name;
    private final HostsNeeded needed;
    private final LiveExecutors executors;
    private final RestorableTraining<?> training;
    private final RoundHistory history;
    private int attempts;

    /**
     * Jobs of a training.
     *
     * @param name of the training, which no other one has
     */
    HostJobs(
            final JavaSparkContext context,
            final String name,
            final HostsNeeded needed,
            final LiveExecutors executors,
            final RestorableTraining<?> training,
            final RoundHistory history) {
        this.context = context;
        this.name = name;
        this.needed = needed;
        this.executors = executors;
        this.training = training;
        this.history = history;
    }

    /**
     * Waits for as many hosts as the training needs.
     *
     * @param level of the log entry if they are not there yet
     * @throws HostTrainingException if they don't come, or the application ends
     */
    void awaitHosts(final System.Logger.Level level) throws InterruptedException {
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
        if (training.isBegun() && executors.count() > 0) {
            try {
                run("last checkpoint", hosts -> {
                    training.save();
                    return null;
                });
            } catch (final InterruptedException e) {
                throw e;
            } catch (final Exception e) {
                LOG.log(System.Logger.Level.WARNING, "the last round can't be saved: " + StackTraces.firstLine(e));
            }
        }
        return training.hint();
    }

    /** What is repeated. */
    interface Attempt<R> {
        /**
         * Does it.
         *
         * @param lost number of attempts that were lost before
         */
        R run(int lost) throws Exception;
    }

    /** Repeats an attempt that fails because a host is lost. */
    <R> R repeated(final String what, final Attempt<R> attempt) throws InterruptedException {
        int lost = 0;
        int failures = 0;
        while (true) {
            awaitHosts(System.Logger.Level.WARNING);
            try {
                if (lost > 0 && training.isBegun()) {
                    run("search for lost parameters", hosts -> {
                        training.goBackIfLost();
                        return null;
                    });
                }
                return attempt.run(lost);
            } catch (final HostTrainingException | InterruptedException e) {
                throw e;
            } catch (final Exception e) {
                checkApplication(e);
                lost++;
                failures = executors.awaitLoss(LATEST_NEWS) ? 0 : failures + 1;
                history.lost(
                        what,
                        training.rounds(),
                        executors.lost() == null ? StackTraces.firstLine(e) : executors.lost());
                checkHopeful(what, lost, failures, e);
                LOG.log(
                        System.Logger.Level.WARNING,
                        what + " is lost and will be repeated: round=" + training.rounds() + ", lost="
                                + executors.lost() + ", " + StackTraces.firstLine(e));
            }
        }
    }

    private void checkApplication(final Exception cause) {
        if (context.sc().isStopped()) {
            throw new HostTrainingException(
                    "the Spark application has ended: round=" + training.rounds() + training.hint(), cause);
        }
    }

    private void checkHopeful(final String what, final int lost, final int failures, final Exception cause) {
        if (failures >= MOST_FAILURES) {
            throw new HostTrainingException(
                    what + " fails again and again, and no host is lost: round=" + training.rounds() + ", "
                            + StackTraces.firstLine(cause) + training.hint(),
                    cause);
        }
        if (lost >= MOST_LOSSES) {
            throw new HostTrainingException(
                    what + " was lost " + lost + " times in a row: round=" + training.rounds() + ", last="
                            + executors.lost() + "; the logs of the executors tell why they end" + training.hint(),
                    cause);
        }
    }

    /** Runs jobs that end when an executor is lost, or this thread is interrupted. */
    <R> R run(final String description, final HostsJob<R> job) throws Exception {
        final int hosts = executors.begin(name + "-" + attempts++, "shmarrays: " + description);
        try {
            return job.run(hosts);
        } catch (final InterruptedException e) {
            executors.cancel("the driver was interrupted");
            throw e;
        } finally {
            executors.end();
        }
    }

    /** Jobs of Spark. */
    interface HostsJob<R> {
        /**
         * Runs them.
         *
         * @param hosts number of hosts that are there
         */
        R run(int hosts) throws Exception;
    }
}
