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
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.shmarrays.output.DurableFile;
import scala.Tuple2;

/**
 * The common parameters of all hosts: RDDs of chunks, each kept by two executors, with no lineage. For the driver's
 * thread, which never sees a parameter until {@link #collect}.
 */
final class Centre<T> {
    private static final int PARTITIONS_PER_HOST = 4;

    private final JavaSparkContext context;
    private final HostPlan<T> plan;
    private final Combine combine;
    private final SpareCores cores;
    private final IndexPartitioner partitioner;
    private final CentreLayers layers;

    private long version;
    private long exchangedBytes;

    /** Hosts that are known to have this version or the one before; 0 if some may have neither. */
    private int hostsUpToDate;

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
        this.layers = new CentreLayers(context, plan.model().table(), partitioner);
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
        final ChunkTable table = plan.model().table();
        final long next = version + 1; // never again that of other parameters
        final JavaPairRDD<Integer, CentreRows> begun = CentreLayers.kept(
                context.parallelize(List.of(0), 1)
                        .flatMapToPair(ignored -> source.chunks())
                        .mapToPair(chunk -> new Tuple2<>(
                                chunk._1(), CentreRows.whole(next, table.rowLength(chunk._1()), chunk._2())))
                        .partitionBy(partitioner),
                hosts);
        layers.begin(begun);
        version = next;
        sendWhole();
    }

    /** Whether there are common parameters, lost ones included. */
    boolean isBegun() {
        return !layers.isEmpty();
    }

    /** Throws, by a job of Spark, if some of the common parameters are lost. */
    void checkWhole() {
        layers.checkWhole();
    }

    /**
     * Has an executor write the common parameters to a file.
     *
     * @return why it can't, or null
     */
    String write(final CentreFile file, final SavedTraining training) {
        final String name = plan.training();
        return layers
                .chunks()
                .repartitionAndSortWithinPartitions(new IndexPartitioner(1))
                .mapPartitions(all -> {
                    try {
                        file.write(name, training, all);
                        return Collections.<String>emptyIterator();
                    } catch (final IOException e) {
                        return List.of(DurableFile.reason(e)).iterator();
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

    /** Length of what a host got or gave in the last round, about. */
    long exchangedBytes() {
        return exchangedBytes;
    }

    /** The next copies for hosts are whole: some of the hosts may be new. */
    void sendWhole() {
        hostsUpToDate = 0;
    }

    /**
     * Has each host train for an interval, and combines their parameters. If it throws, or one of the reports has a
     * failure, the common parameters are as before.
     *
     * @param batches a partition for each host; null if {@code data} opens them
     */
    RoundReports train(final RoundStart round, final JavaRDD<T> batches, final HostData<T> data) {
        final int hosts = round.hosts();
        layers.merge(hosts);
        final CollectionAccumulator<HostReport> reports = new CollectionAccumulator<>();
        context.sc().register(reports); // without a name: Spark's pages would show all of it
        final RoundFigures figures = RoundFigures.of(context);
        final CentreCopy copy = new CentreCopy(version, layers.count() == 1 || hosts > hostsUpToDate);
        final JavaRDD<Tuple2<Integer, ChunkRows>> copies = (copy.isWhole() ? layers.merged() : layers.newest())
                .flatMapToPair(chunk -> IntStream.range(0, hosts)
                        .mapToObj(host -> new Tuple2<>(
                                host, new Tuple2<>(chunk._1(), chunk._2().rows())))
                        .iterator())
                .partitionBy(new IndexPartitioner(hosts))
                .values();
        final JavaRDD<HostInput<T>> inputs = batches == null
                ? copies.mapPartitions(
                        centre -> List.of(new HostInput<T>(centre, null)).iterator())
                : copies.zipPartitions(
                        batches,
                        (centre, own) -> List.of(new HostInput<>(centre, own)).iterator());
        final JavaPairRDD<Integer, HostChunk> trained = JavaPairRDD.fromJavaRDD(cores.taken(
                BarrierStage.mapPartitions(inputs, new HostTask<>(plan, round, copy, data, reports, figures))));
        final LongAccumulator bytes = new LongAccumulator();
        context.sc().register(bytes);
        final Combine rule = combine;
        final JavaPairRDD<Integer, CentreRows> next = CentreLayers.kept(
                layers.joined().cogroup(trained, partitioner).mapValues(both -> {
                    figures.received(RemoteBytes.ofThisTask());
                    final CentreRows layer = CentreRows.next(rule, copy.version(), both._1(), both._2());
                    bytes.add(layer.lengthBytes());
                    return layer;
                }),
                hosts);
        hostsUpToDate = 0; // until this attempt has succeeded
        boolean isTaken = false;
        try {
            layers.checkLayer(next);
            final List<HostReport> done = lastOfEachHost(reports.value());
            final boolean isDone = done.stream().allMatch(report -> report.failure() == null);
            if (isDone && done.size() != hosts) {
                throw new IllegalStateException("a host has not reported: reports=" + done.size() + ", hosts=" + hosts);
            }
            isTaken = isDone && done.stream().anyMatch(report -> report.counts().samples() > 0);
            if (isTaken) {
                layers.add(next, bytes.value());
                version++;
            }
            exchangedBytes = copy.isWhole() ? plan.model().table().lengthBytes() : bytes.value();
            if (isDone) {
                hostsUpToDate = hosts;
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
        layers.chunks()
                .toLocalIterator()
                .forEachRemaining(chunk -> into.accept(chunk._2().values(), chunk._1()));
    }

    /** Has one of the hosts evaluate the common parameters. */
    EvaluationReport evaluate(final HostEvaluation<Object> evaluation) {
        final HostPlan<T> own = plan;
        return layers.chunks()
                .coalesce(1)
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
        layers.close();
    }
}
