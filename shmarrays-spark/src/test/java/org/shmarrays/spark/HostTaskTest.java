package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.shuffle.FetchFailedException;
import org.apache.spark.util.CollectionAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import scala.Tuple2;

/** Tasks that Spark places, repeats and breaks off as a round must not take it. */
class HostTaskTest {
    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", FLOAT32, 1));
    private static final AtomicInteger STEPS = new AtomicInteger();
    private static final Set<String> SEGMENTS = ConcurrentHashMap.newKeySet();

    @TempDir
    private static Path directory;

    private static JavaSparkContext context;

    private HostPlan<Integer> plan;
    private CollectionAccumulator<HostReport> reports;

    @BeforeAll
    static void startSpark() {
        System.setProperty("shmarrays.directory", directory.toString());
        context = new JavaSparkContext(LocalSpark.conf("tasks of hosts").setMaster("local[2]"));
    }

    @AfterAll
    static void stopSpark() {
        context.stop();
        System.clearProperty("shmarrays.directory");
    }

    @BeforeEach
    void makePlan() {
        STEPS.set(0);
        SEGMENTS.clear();
        plan = new HostPlan<>(
                TrainingName.of(context),
                new ArraysModel<>(SPECS, Set.of(), fresh -> {}, (params, batch, worker) -> {
                    STEPS.incrementAndGet();
                    SEGMENTS.add(params.name());
                }),
                1,
                new WorkerKind.Threads(),
                Interval.steps(5),
                Duration.ofMinutes(1));
        reports = new CollectionAccumulator<>();
        context.sc().register(reports);
    }

    @AfterEach
    void closeHost() {
        ExecutorHosts.close(plan.training());
        assertThat(directory).isEmptyDirectory();
    }

    private static HostInput<Integer> input(final Iterator<Integer> batches) {
        return new HostInput<>(
                List.of(new Tuple2<>(0, ChunkRows.whole(1, ChunkValues.of(new float[1]))))
                        .iterator(),
                batches);
    }

    private JavaPairRDD<Integer, HostChunk> trained(final JavaRDD<HostInput<Integer>> inputs) {
        return trained(inputs, new CentreCopy(7, true));
    }

    private JavaPairRDD<Integer, HostChunk> trained(final JavaRDD<HostInput<Integer>> inputs, final CentreCopy copy) {
        return JavaPairRDD.fromJavaRDD(BarrierStage.mapPartitions(
                inputs,
                new HostTask<>(
                        plan,
                        new RoundStart(0, inputs.getNumPartitions(), 0, 0),
                        copy,
                        null,
                        reports,
                        RoundFigures.of(context))));
    }

    private static JavaRDD<HostInput<Integer>> inputs(final int hosts) {
        return context.parallelize(Collections.nCopies(hosts, 1), hosts)
                .map(batch -> input(List.of(batch).iterator()));
    }

    @Test
    void shouldFailTheRoundWhenAnExecutorHasTwoOfItsTasks() {
        assertThatThrownBy(() -> trained(inputs(2)).count())
                .hasMessageContaining("two tasks of a round are on one executor")
                .hasMessageContaining("set spark.executor.cores");
    }

    /** Part of what the first attempt gave may be in the result already: both trainings would be mixed there. */
    @Test
    void shouldFailTheRoundRatherThanTrainTwiceWhenSparkRepeatsItsStage() {
        final JavaPairRDD<Integer, HostChunk> exchanged = trained(inputs(1)).partitionBy(new IndexPartitioner(1));
        final int shuffle =
                ((ShuffleDependency<?, ?, ?>) exchanged.rdd().dependencies().head()).shuffleId();

        assertThatThrownBy(() -> exchanged
                        .mapPartitions(chunks -> {
                            if (TaskContext.get().stageAttemptNumber() == 0) {
                                throw new FetchFailedException(
                                        SparkEnv.get().blockManager().blockManagerId(),
                                        shuffle,
                                        0,
                                        0,
                                        0,
                                        "lost by a test",
                                        null);
                            }
                            return chunks;
                        })
                        .count())
                .hasMessageContaining("Spark repeats a stage in which the hosts have trained");
        assertThat(STEPS).hasValue(1);
    }

    /** What its creator closed, and what was taken over before and left once more, is not abandoned but kept. */
    @Test
    void shouldTakeOverTheSegmentOfAnExecutorThatIsGone() {
        leave(plan.training() + "-gone");
        leave(plan.training() + "1-gone"); // another training's

        trained(inputs(1)).count();

        assertThat(SEGMENTS).containsExactly(plan.training() + "-gone");
        ShmArrays.remove(plan.training() + "1-gone", Settings.fromProperties());
    }

    @Test
    void shouldRemoveSegmentsOfExecutorsThatAreGoneAtTheEnd() {
        leave(plan.training() + "-gone");
        leave(plan.training() + "-gone-too");

        trained(inputs(1)).count();
        ExecutorHosts.close(plan.training());

        assertThat(directory).isEmptyDirectory();
    }

    /** Another executor of the machine was faster. */
    @Test
    void shouldLeaveASegmentAloneThatItCannotTakeOver() {
        final String name = plan.training() + "-gone";
        ShmArrays.create(name, List.of(ArraySpec.of("other", FLOAT32, 1)), Settings.fromProperties())
                .close();

        trained(inputs(1)).count();

        assertThat(SEGMENTS).containsExactly(plan.training() + "-driver");
        assertThat(directory.resolve(name)).isDirectory();
    }

    private void leave(final String name) {
        ShmArrays.create(name, SPECS, Settings.fromProperties()).close();
    }

    /** The driver can't know which host a task will find; a round that fails so is repeated with whole copies. */
    @Test
    void shouldReportAHostThatLacksTheVersionOfItsRows() {
        assertThat(trained(inputs(1), new CentreCopy(7, false)).count()).isZero();

        assertThat(STEPS).hasValue(0);
        assertThat(reports.value()).hasSize(1);
        assertThat(reports.value().get(0).isLost()).isTrue();
        assertThatThrownBy(() -> new RoundReports(reports.value(), null).checkWorkers())
                .hasMessageContaining("does not have the parameters before it: version=-1, sent=7");
    }

    @Test
    void shouldLeaveFailuresOfSparkToSpark() {
        final JavaRDD<HostInput<Integer>> lost = context.parallelize(List.of(1), 1)
                .map(batch ->
                        input(List.of(batch).stream().map(HostTaskTest::lose).iterator()));

        assertThatThrownBy(() -> trained(lost).count()).hasMessageContaining("a block is lost");
        assertThat(reports.value()).isEmpty();
    }

    private static Integer lose(final Integer batch) {
        throw new IllegalStateException("cannot read batch " + batch, new SparkException("a block is lost"));
    }
}
