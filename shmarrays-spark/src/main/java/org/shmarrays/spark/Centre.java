package org.shmarrays.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.CollectionAccumulator;
import org.shmarrays.output.IoFailure;
import scala.Tuple2;

/**
 * The common parameters of all hosts: an RDD of chunks, each kept by two executors, with no lineage. For the driver's
 * thread, which never sees a parameter until {@link #collect}.
 */
final class Centre<T> {
    private static final int PARTITIONS_PER_HOST = 4;

    private final JavaSparkContext context;
    private final HostPlan<T> plan;
    private final Combine combine;
    private final SpareCores cores;
    private final IndexPartitioner partitioner;
    private JavaPairRDD<Integer, CentreChunk> chunks;

    Centre(
            final JavaSparkContext context,
            final HostPlan<T> plan,
            final Combine combine,
            final SpareCores cores,
            final int hosts) {
        this.context = context;
        this.plan = plan;
        this.combine = combine;
        this.cores = cores;
        this.partitioner =
                new IndexPartitioner(Math.min(plan.model().table().chunkCount(), PARTITIONS_PER_HOST * hosts));
    }

    /** Has one of the hosts make the values with which the training begins. */
    void initialise(final int hosts) {
        final HostPlan<T> own = plan;
        begin(hosts, () -> initialChunks(own).iterator());
    }

    /** Has one of the hosts read the values of a checkpoint. They take the place of those that are there. */
    void restore(final int hosts, final CentreFile file) {
        begin(hosts, file::chunks);
    }

    /** Gives all chunks, on an executor. */
    @FunctionalInterface
    private interface ChunkSource extends Serializable {
        Iterator<Tuple2<Integer, CentreChunk>> chunks() throws IOException;
    }

    private void begin(final int hosts, final ChunkSource source) {
        final JavaPairRDD<Integer, CentreChunk> begun = kept(
                context.parallelize(List.of(0), 1)
                        .flatMapToPair(ignored -> source.chunks())
                        .partitionBy(partitioner),
                hosts);
        checkWhole(begun.count());
        close();
        chunks = begun;
    }

    /** Whether there are common parameters, lost ones included. */
    boolean isBegun() {
        return chunks != null;
    }

    /** Throws, by a job of Spark, if some of the common parameters are lost. */
    void checkWhole() {
        checkWhole(chunks.count());
    }

    /**
     * Has an executor write the common parameters to a file.
     *
     * @return why it can't, or null
     */
    String write(final CentreFile file, final SavedTraining training) {
        final String name = plan.training();
        return chunks
                .repartitionAndSortWithinPartitions(new IndexPartitioner(1))
                .mapPartitions(all -> {
                    try {
                        file.write(name, training, all);
                        return Collections.<String>emptyIterator();
                    } catch (final IOException e) {
                        return List.of(IoFailure.describe(e)).iterator();
                    }
                })
                .collect()
                .stream()
                .findFirst()
                .orElse(null);
    }

    private static <T> List<Tuple2<Integer, CentreChunk>> initialChunks(final HostPlan<T> plan) {
        final ChunkTable table = plan.model().table();
        final Object[] values = plan.model().initialValues(plan.settings());
        final List<Tuple2<Integer, CentreChunk>> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < table.chunkCount(); chunk++) {
            chunks.add(new Tuple2<>(chunk, new CentreChunk(table.values(values, chunk), null)));
        }
        return chunks;
    }

    private void checkWhole(final long count) {
        final int expected = plan.model().table().chunkCount();
        if (count != expected) {
            throw new IllegalStateException(
                    "chunks of the parameters are missing: found=" + count + ", expected=" + expected);
        }
    }

    private static JavaPairRDD<Integer, CentreChunk> kept(
            final JavaPairRDD<Integer, CentreChunk> made, final int hosts) {
        made.persist(hosts > 1 ? StorageLevel.MEMORY_AND_DISK_2() : StorageLevel.MEMORY_AND_DISK());
        made.rdd().localCheckpoint();
        return made;
    }

    /**
     * Has each host train for an interval, and combines their parameters. When it throws, or a report tells of a
     * failure, the common parameters are as before.
     *
     * @param batches a partition for each host; null if {@code data} opens them
     */
    RoundReports train(final RoundStart round, final JavaRDD<T> batches, final HostData<T> data) {
        final int hosts = round.hosts();
        final CollectionAccumulator<HostReport> reports = new CollectionAccumulator<>();
        context.sc().register(reports); // without a name: Spark's pages would show all of it
        final RoundFigures figures = RoundFigures.of(context);
        final JavaRDD<Tuple2<Integer, ChunkValues>> copies = chunks.flatMapToPair(chunk -> IntStream.range(0, hosts)
                        .mapToObj(host -> new Tuple2<>(
                                host, new Tuple2<>(chunk._1(), chunk._2().values())))
                        .iterator())
                .partitionBy(new IndexPartitioner(hosts))
                .values();
        final JavaRDD<HostInput<T>> inputs = batches == null
                ? copies.mapPartitions(
                        centre -> List.of(new HostInput<T>(centre, null)).iterator())
                : copies.zipPartitions(
                        batches,
                        (centre, own) -> List.of(new HostInput<>(centre, own)).iterator());
        final JavaPairRDD<Integer, HostChunk> trained = JavaPairRDD.fromJavaRDD(
                cores.taken(BarrierStage.mapPartitions(inputs, new HostTask<>(plan, round, data, reports, figures))));
        final Combine rule = combine;
        final JavaPairRDD<Integer, CentreChunk> next = kept(
                chunks.cogroup(trained, partitioner).mapValues(both -> {
                    figures.received(RemoteBytes.ofThisTask());
                    final List<HostChunk> parts = new ArrayList<>();
                    both._2().forEach(parts::add);
                    return both._1().iterator().next().next(rule, parts);
                }),
                hosts);
        boolean isTaken = false;
        try {
            checkWhole(next.count());
            final List<HostReport> done = lastOfEachHost(reports.value());
            isTaken = done.stream().allMatch(report -> report.failure() == null);
            if (isTaken && done.size() != hosts) {
                throw new IllegalStateException("a host has not reported: reports=" + done.size() + ", hosts=" + hosts);
            }
            if (isTaken) {
                chunks.unpersist(false);
                chunks = next;
            }
            return new RoundReports(done, figures);
        } finally {
            if (!isTaken) {
                next.unpersist(false);
            }
        }
    }

    /** Spark may have repeated a stage. */
    private static List<HostReport> lastOfEachHost(final List<HostReport> reports) {
        final Map<Integer, HostReport> last = new TreeMap<>();
        reports.forEach(report -> last.put(report.host(), report));
        return List.copyOf(last.values());
    }

    /** Gives each chunk of the parameters to a consumer, of one partition after the other. */
    void collect(final ObjIntConsumer<ChunkValues> into) {
        chunks.toLocalIterator()
                .forEachRemaining(chunk -> into.accept(chunk._2().values(), chunk._1()));
    }

    /** Has one of the hosts evaluate the common parameters. */
    EvaluationReport evaluate(final HostEvaluation<Object> evaluation) {
        final HostPlan<T> own = plan;
        return chunks.coalesce(1)
                .mapPartitions(copies -> {
                    final ChunkTable table = own.model().table();
                    final Object[] values = table.newCarriers();
                    copies.forEachRemaining(chunk ->
                            table.copyInto(values, chunk._1(), chunk._2().values()));
                    return List.of(EvaluationReport.of(evaluation, own.model().ofValues(values)))
                            .iterator();
                })
                .first();
    }

    void close() {
        if (chunks != null) {
            chunks.unpersist(false);
        }
    }
}
