package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

    /** Attempts of a round that fail though no executor is lost: then it is no fault of a host's. */
    private static final int MOST_FAILURES = 3;

    /** After so many bytes that hosts wrote for each other, Spark is given a chance to delete them. */
    private static final long BYTES_BETWEEN_COLLECTIONS = 1L << 29;

    private static final double NS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final JavaSparkContext context;
    private final HostPlan<T> plan;
    private final Combine combine;
    private final DividedData<T> divided;
    private final HostData<T> data;
    private final HostsNeeded needed;
    private final LiveExecutors executors;
    private final SpareCores cores;
    private final List<Round> ended = new ArrayList<>();
    private Centre<T> centre;
    private long iteration;
    private long firstEpoch;
    private int attempts;
    private long writtenBytes;

    /**
     * A training.
     *
     * @param divided the data, or null
     * @param data opens the data where there is none that is divided
     */
    RoundLoop(
            final JavaSparkContext context,
            final HostPlan<T> plan,
            final Combine combine,
            final DividedData<T> divided,
            final HostData<T> data,
            final HostsNeeded needed) {
        this.context = context;
        this.plan = plan;
        this.combine = combine;
        this.divided = divided;
        this.data = data;
        this.needed = needed;
        this.cores = new SpareCores(context);
        this.executors = new LiveExecutors(context);
    }

    /** Trains until one of the ends is reached. */
    HostTrainingResult run(
            final Counts before,
            final long rounds,
            final long epochs,
            final RoundEvaluation evaluation,
            final List<Predicate<Round>> listeners)
            throws InterruptedException {
        iteration = before.iteration();
        firstEpoch = before.epoch();
        awaitHosts();
        centre = new Centre<>(context, plan, combine, cores, executors.count());
        centre.initialise(executors.count());
        boolean goesOn = true;
        while (goesOn && ended.size() < rounds && epoch() - firstEpoch < epochs) {
            final Round round = evaluated(round(ended.size()), evaluation);
            ended.add(round);
            for (final Predicate<Round> listener : listeners) {
                goesOn &= listener.test(round);
            }
        }
        final ChunkTable table = plan.model().table();
        final Object[] values = table.newCarriers();
        centre.collect((chunk, index) -> table.copyInto(values, index, chunk));
        return new HostTrainingResult(ended, table, values, iteration, epoch());
    }

    private Round evaluated(final Round round, final RoundEvaluation evaluation) {
        if (!evaluation.isDue(round.number())) {
            return round;
        }
        final EvaluationReport report;
        context.sc().setJobDescription("shmarrays: evaluation after round " + round.number());
        try {
            report = centre.evaluate(evaluation.evaluation());
        } finally {
            context.sc().setJobDescription(null);
        }
        if (report.failure() != null) {
            throw new HostTrainingException("an evaluation has failed: round=" + round.number() + ", executor="
                    + report.executor() + ", " + report.failure());
        }
        return round.withEvaluation(report.value());
    }

    private long epoch() {
        return firstEpoch + (divided == null ? 0 : divided.epoch());
    }

    private void awaitHosts() throws InterruptedException {
        if (executors.count() >= needed.least()) {
            return;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "waiting for hosts: executors=" + executors.count() + ", needed=" + needed.least() + ", at most "
                        + needed.timeout().toSeconds() + " s");
        if (!executors.await(needed.least(), needed.timeout())) {
            throw new HostTrainingException("too few hosts: executors=" + executors.count() + ", needed="
                    + needed.least() + ", waited=" + needed.timeout().toSeconds()
                    + " s; start more workers of Spark, or ask for fewer by minHosts");
        }
    }

    /** A round, which is tried until it succeeds. */
    private Round round(final long number) throws InterruptedException {
        final long startNs = System.nanoTime();
        int lost = 0;
        int failures = 0;
        while (true) {
            awaitHosts();
            final int hosts = executors.count();
            RoundMeters.OF_DRIVER.members(hosts);
            final RoundStart start = new RoundStart(number, hosts, iteration, epoch());
            try {
                final RoundReports reports = attempt(start);
                return ended(start, reports, System.nanoTime() - startNs, lost);
            } catch (final HostTrainingException e) {
                throw e;
            } catch (final Exception e) {
                if (context.sc().isStopped()) {
                    throw new HostTrainingException("the Spark application has ended in round " + number, e);
                }
                lost++;
                RoundMeters.OF_DRIVER.lost();
                failures = executors.lost() == null ? failures + 1 : 0;
                if (failures >= MOST_FAILURES) {
                    throw new HostTrainingException(
                            "round " + number + " fails again and again, and no host is lost: " + firstLine(e), e);
                }
                LOG.log(
                        System.Logger.Level.WARNING,
                        "an interval is lost and will be repeated: round=" + number + ", hosts=" + hosts + ", lost="
                                + executors.lost() + ", " + firstLine(e));
            }
        }
    }

    private static String firstLine(final Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private RoundReports attempt(final RoundStart round) {
        executors.begin(
                plan.training() + "-" + attempts++,
                "shmarrays: round " + round.number() + " on " + round.hosts() + " hosts");
        try {
            final RoundReports reports =
                    centre.train(round, divided == null ? null : divided.batches(round.hosts()), data);
            reports.checkWorkers();
            return reports;
        } finally {
            executors.end();
        }
    }

    private Round ended(final RoundStart start, final RoundReports reports, final long ns, final int lost) {
        for (final HostReport report : reports.hosts()) {
            if (report.failure() != null) {
                throw new HostTrainingException("a worker has failed: round=" + start.number() + ", executor="
                        + report.executor() + ", " + report.failure());
            }
        }
        final TrainingCounts counts = reports.counts();
        final long trained = reports.hosts().stream()
                .filter(report -> report.counts().steps() > 0)
                .count();
        iteration += trained == 0 ? 0 : Math.round(counts.steps() / (double) trained);
        if (divided != null) {
            divided.trained(reports.hosts());
        }
        collectGarbage(start.hosts());
        RoundMeters.OF_DRIVER.ended(counts);
        final double seconds = ns / NS_PER_SECOND;
        return new Round(
                start.number(),
                start.hosts(),
                epoch(),
                counts,
                seconds,
                seconds - reports.longestTraining(),
                lost,
                Double.NaN);
    }

    /** Spark deletes what its stages have written when the driver's RDDs are garbage, which a small heap seldom sees. */
    private void collectGarbage(final int hosts) {
        writtenBytes += (hosts + 1L) * plan.model().table().lengthBytes();
        if (writtenBytes > BYTES_BETWEEN_COLLECTIONS) {
            writtenBytes = 0;
            System.gc();
        }
    }

    /** Removes the segments of all hosts, as far as they can be reached. */
    @Override
    public void close() {
        RoundMeters.OF_DRIVER.members(0);
        try (executors) {
            if (divided != null) {
                divided.close();
            }
            if (centre != null) {
                centre.close();
            }
            final int hosts = executors.count();
            if (!context.sc().isStopped() && hosts > 0) {
                closeHosts(hosts);
            }
        }
    }

    private void closeHosts(final int hosts) {
        final String training = plan.training();
        try {
            executors.begin(training + "-end", "shmarrays: end of the training");
            cores.taken(BarrierStage.mapPartitions(
                            context.parallelize(Collections.nCopies(hosts, 0), hosts), numbers -> {
                                Host.close(training);
                                return numbers;
                            }))
                    .count();
        } catch (final Exception e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a host could not be told the end of the training; its executor removes the segment when it ends: "
                            + firstLine(e));
        } finally {
            executors.end();
        }
    }
}
