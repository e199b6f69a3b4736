package org.shmarrays.spark;

import java.util.Collections;
import java.util.Iterator;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.shuffle.FetchFailedException;
import org.apache.spark.util.CollectionAccumulator;
import scala.Tuple2;

/**
 * The task of a host in a round: takes over the common parameters, trains for an interval, and gives the parameters
 * that came of it. Whatever fails in the training goes into the report, because Spark would repeat the task.
 *
 * <p>A failure of Spark's own is thrown, so that the round is repeated as a whole. So is a repeated stage: Spark
 * repeats one when what a host has given is lost, and may have combined some of that already.
 */
record HostTask<T>(
        HostPlan<T> plan,
        RoundStart round,
        CentreCopy copy,
        HostData<T> data,
        CollectionAccumulator<HostReport> reports,
        RoundFigures figures)
        implements FlatMapFunction<Iterator<HostInput<T>>, Tuple2<Integer, HostChunk>> {
    @Override
    public Iterator<Tuple2<Integer, HostChunk>> call(final Iterator<HostInput<T>> inputs) throws Exception {
        final HostInput<T> input = inputs.next();
        final TaskContext task = TaskContext.get();
        final int index = task.partitionId();
        if (task.stageAttemptNumber() > 0) {
            throw new IllegalStateException("Spark repeats a stage in which the hosts have trained: round="
                    + round.number() + ", attempt=" + task.stageAttemptNumber());
        }
        try {
            final Host<T> host = ExecutorHosts.of(plan);
            host.enter(task.stageId());
            final Iterator<T> batches =
                    data == null ? input.batches() : data.open(index, round.hosts(), round.number());
            final HostReport report = host.train(round, copy, index, input.centre(), batches);
            reports.add(report);
            figures.give(report.counts());
            return report.failure() == null
                    ? host.chunks(index, report.counts().samples())
                    : Collections.emptyIterator();
        } catch (final InterruptedException | DoubledTaskException e) {
            throw e;
        } catch (final Exception | LinkageError e) {
            if (isOfSpark(e)) {
                throw e;
            }
            reports.add(HostReport.ofFailure(index, e));
            return Collections.emptyIterator();
        }
    }

    /** Also where what reads the batches has wrapped it. */
    private static boolean isOfSpark(final Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof FetchFailedException || e instanceof TaskKilledException || e instanceof SparkException) {
                return true;
            }
        }
        return false;
    }
}
