package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.File;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.RDDBlockId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Batches are trained once in an epoch, whatever happens to the data in between. */
class DividedDataTest {
    private static final List<Integer> NUMBERS = IntStream.range(0, 30).boxed().toList();

    private static JavaSparkContext context;

    /** Read by tasks, which are threads of this JVM. */
    private static volatile boolean isLost;

    private final List<Integer> trained = new ArrayList<>();

    @BeforeAll
    static void startSpark() {
        context = new JavaSparkContext(LocalSpark.conf("divided data"));
    }

    @AfterAll
    static void stopSpark() {
        context.stop();
    }

    @AfterEach
    void findData() {
        isLost = false;
    }

    /** Has each of some hosts train on some batches. */
    private void train(final DividedData<Integer> data, final int hosts, final int count) {
        final List<HostReport> reports = new ArrayList<>();
        final List<List<Integer>> batches = data.batches(hosts).glom().collect();
        for (int host = 0; host < hosts; host++) {
            final List<Integer> own = batches.get(host);
            final int taken = Math.min(count, own.size());
            trained.addAll(own.subList(0, taken));
            reports.add(
                    new HostReport(host, "0", "host", taken, taken == own.size(), TrainingCounts.ZERO, null, false));
        }
        data.trained(reports);
    }

    /** As when the executor that keeps the last partition is lost, with the files of its shuffles. */
    private static void loseTheLastPartition() {
        context.getPersistentRDDs()
                .values()
                .forEach(rdd -> SparkEnv.get()
                        .blockManager()
                        .removeBlock(new RDDBlockId(rdd.id(), rdd.getNumPartitions() - 1), true));
        SparkEnv.get().blockManager().diskBlockManager().getAllFiles().foreach(File::delete);
    }

    private static JavaRDD<Integer> lostOnDemand(final JavaRDD<Integer> source) {
        return source.map(number -> {
            if (isLost) {
                throw new IllegalStateException("lost");
            }
            return number;
        });
    }

    @Test
    void shouldTrainEachBatchOnceWhenTheNumberOfHostsChanges() {
        final DividedData<Integer> data = new DividedData<>(context.parallelize(NUMBERS, 3), 1);
        train(data, 3, 2);
        train(data, 2, 3);
        train(data, 3, 1);
        train(data, 1, 30);

        assertThat(trained).containsExactlyInAnyOrderElementsOf(NUMBERS);
        assertThat(data.epoch()).isEqualTo(1);
    }

    @Test
    void shouldTrainEachBatchOnceAfterADivisionThatFailed() {
        final DividedData<Integer> data = new DividedData<>(lostOnDemand(context.parallelize(NUMBERS, 3)), 1);
        train(data, 3, 2);
        train(data, 2, 3);
        loseTheLastPartition();
        isLost = true;
        assertThatExceptionOfType(SparkException.class)
                .isThrownBy(() -> data.batches(3).collect());
        isLost = false;

        train(data, 2, 3);
        train(data, 3, 30);

        assertThat(trained).containsExactlyInAnyOrderElementsOf(NUMBERS);
        assertThat(data.epoch()).isEqualTo(1);
    }

    /** A shuffle without a sort gives its records in the order in which they arrive. */
    private static JavaRDD<Integer> unordered() {
        return context.parallelize(NUMBERS, 3).repartition(2).mapPartitions(numbers -> {
            final List<Integer> all = new ArrayList<>();
            numbers.forEachRemaining(all::add);
            if (isLost) {
                Collections.reverse(all);
            }
            return all.iterator();
        });
    }

    @Test
    void shouldFailRatherThanTrainOnDataThatHasAnotherOrderNow() {
        final DividedData<Integer> data = new DividedData<>(unordered(), 1);
        train(data, 2, 4);
        loseTheLastPartition();
        isLost = true;

        assertThatExceptionOfType(SparkException.class)
                .isThrownBy(() -> train(data, 2, 11))
                .withMessageContaining("Checkpoint block");
    }

    @Test
    void shouldRefuseDataWithoutBatches() {
        final DividedData<Integer> data = new DividedData<>(context.parallelize(List.of(), 2), 1);

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> train(data, 2, 4))
                .withMessageContaining("the RDD of the data has no batches");
    }

    @Test
    void shouldTrainEachBatchOnceAcrossRestartsWithOtherHosts() {
        final DividedData<Integer> first = new DividedData<>(context.parallelize(NUMBERS, 3), 3);
        train(first, 4, 2);
        train(first, 3, 1);
        train(first, 2, 3);
        final DataProgress progress = first.progress(2);

        final DividedData<Integer> second = new DividedData<>(context.parallelize(NUMBERS, 5), 3);
        second.checkResumable(progress);
        second.goOnFrom(DataProgress.of(progress.toMap()));
        train(second, 3, 1);
        train(second, 3, 30);

        assertThat(progress.batches()).isEqualTo(30);
        assertThat(progress.consumed()).containsExactly(List.of(2L, 2L, 2L, 2L), List.of(1L, 1L, 1L), List.of(3L, 3L));
        assertThat(trained).containsExactlyInAnyOrderElementsOf(NUMBERS);
        assertThat(second.epoch()).isEqualTo(1);
    }

    @Test
    void shouldGoBackToTheBatchesThatWereNotTrained() {
        for (final JavaRDD<Integer> source : List.of(context.parallelize(NUMBERS, 3), unordered())) {
            final DividedData<Integer> data = new DividedData<>(source, 3);
            trained.clear();
            train(data, 3, 1);
            train(data, 2, 3);
            final List<Integer> kept = List.copyOf(trained);
            final DataProgress progress = data.progress(2);
            train(data, 2, 30);
            train(data, 4, 1);

            data.goOnFrom(progress);
            trained.clear();
            train(data, 2, 1);
            train(data, 1, 30);

            trained.addAll(kept);
            assertThat(trained).containsExactlyInAnyOrderElementsOf(NUMBERS);
            assertThat(data.epoch()).isEqualTo(1);
        }
    }

    @Test
    void shouldNotResumeAnEpochOfDataWithoutAnOrder() {
        final DividedData<Integer> data = new DividedData<>(unordered(), 1);
        data.checkResumable(data.progress(2));
        train(data, 2, 4);

        assertThatExceptionOfType(HostTrainingException.class)
                .isThrownBy(() -> data.checkResumable(data.progress(2)))
                .withMessageContaining("the data has no fixed order")
                .withMessageContaining("trained=8 of 30");
    }
}
