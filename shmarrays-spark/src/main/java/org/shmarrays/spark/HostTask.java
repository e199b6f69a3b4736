package org.shmarrays.spark;

import java.util.Collections;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.util.CollectionAccumulator;
import scala.Tuple2;

/**
 * The task of a host in a round: takes over the common parameters, trains for an interval, and gives the parameters
 * that came of it. Whatever fails in the training goes into the report, because Spark would repeat the task.
 */
record HostTask<T>(
        HostPlan<T> plan,
        RoundStart round,
        HostData<T> data,
        CollectionAccumulator<HostReport> reports,
        RoundFigures figures)
        implements FlatMapFunction<Iterator<HostInput<T>>, Tuple2<Integer, HostChunk>> {
    @Override
    public Iterator<Tuple2<Integer, HostChunk>> call(final Iterator<HostInput<T>> inputs) throws Exception {
        final HostInput<T> input = inputs.next();
        final int index = TaskContext.getPartitionId();
        try {
            final Host<T> host = Host.of(plan);
            final Iterator<T> batches =
                    data == null ? input.batches() : data.open(index, round.hosts(), round.number());
            final HostReport report = host.train(round, index, input.centre(), batches);
            reports.add(report);
            figures.give(report.counts());
            return report.failure() == null
                    ? host.chunks(index, report.counts().samples())
                    : Collections.emptyIterator();
        } catch (final InterruptedException e) {
            throw e;
        } catch (final Exception | LinkageError e) {
            reports.add(HostReport.ofFailure(index, e));
            return Collections.emptyIterator();
        }
    }
}
