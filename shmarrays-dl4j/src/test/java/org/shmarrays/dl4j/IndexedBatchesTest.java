package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

class IndexedBatchesTest {
    private static final int SAMPLES = 10;
    private static final int BATCH = 4;

    @TempDir
    private Path directory;

    /** Sample i is the values from 6i on. */
    private static final INDArray FEATURES =
            Nd4j.arange(6 * SAMPLES).castTo(DataType.FLOAT).reshape(SAMPLES, 2, 3);

    private static final INDArray LABELS =
            Nd4j.arange(SAMPLES).castTo(DataType.FLOAT).reshape(SAMPLES, 1);

    private static IndexedBatches ofArrays() {
        return IndexedBatches.ofArrays(FEATURES, LABELS, BATCH);
    }

    /** The samples of the rest of an epoch, by their labels. */
    private static List<Integer> rest(final DataSetIterator iterator) {
        final List<Integer> samples = new ArrayList<>();
        while (iterator.hasNext()) {
            final DataSet batch = iterator.next();
            assertThat(batch.getFeatures().shape()).containsExactly(batch.numExamples(), 2, 3);
            for (int i = 0; i < batch.numExamples(); i++) {
                final int sample = batch.getLabels().getInt(i, 0);
                assertThat(batch.getFeatures().slice(i)).isEqualTo(FEATURES.slice(sample));
                samples.add(sample);
            }
        }
        return samples;
    }

    private static List<Integer> all() {
        return IntStream.range(0, SAMPLES).boxed().toList();
    }

    @Test
    void shouldGoThroughSamplesInTheirOrder() {
        final IndexedBatches batches = ofArrays();

        assertThat(batches.next().numExamples()).isEqualTo(BATCH);
        assertThat(batches.next().numExamples()).isEqualTo(BATCH);
        assertThat(batches.next().numExamples()).isEqualTo(2);
        assertThat(batches.hasNext()).isFalse();
        assertThatThrownBy(batches::next).isInstanceOf(NoSuchElementException.class);
        batches.reset();
        assertThat(rest(batches)).isEqualTo(all());
    }

    @Test
    void shouldTakeArraysOfAnyOrder() {
        final INDArray columnMajor = FEATURES.dup('f');
        final INDArray view = Nd4j.concat(1, LABELS, LABELS.add(100)).getColumns(0);

        assertThat(rest(IndexedBatches.ofArrays(columnMajor, view, BATCH))).isEqualTo(all());
    }

    @Test
    void shouldHaveAnOrderForEachEpochThatDependsOnTheSeed() {
        final IndexedBatches batches = ofArrays().shuffled(3);
        final List<Integer> first = rest(batches);
        batches.reset();
        final List<Integer> second = rest(batches);

        assertThat(first).containsExactlyInAnyOrderElementsOf(all()).isNotEqualTo(all());
        assertThat(second).containsExactlyInAnyOrderElementsOf(all()).isNotEqualTo(first);
        assertThat(rest(ofArrays().shuffled(3))).isEqualTo(first);
        assertThat(rest(ofArrays().shuffled(4))).isNotEqualTo(first);
        assertThat(rest(ofArrays().shuffled(3).atEpoch(1))).isEqualTo(second);
    }

    /** Such as epoch 1 of seed 2, and epoch 2 of seed 1. */
    @Test
    void shouldHaveNoOrderInCommonWithAnotherSeed() {
        final Set<List<Integer>> orders = new HashSet<>();
        for (int seed = 0; seed < 5; seed++) {
            for (int epoch = 0; epoch < 5; epoch++) {
                orders.add(rest(ofArrays().shuffled(seed).atEpoch(epoch)));
            }
        }

        assertThat(orders).hasSize(25);
    }

    /** Each of the 6 orders of 3 items has 1/6 of 6000 epochs, within 6 standard deviations. */
    @Test
    void shouldShuffleUniformly() {
        final Map<String, Integer> counts = new HashMap<>();
        for (int epoch = 0; epoch < 6000; epoch++) {
            counts.merge(
                    Arrays.toString(new ItemOrder(3, 3).shuffled(1).at(epoch).next()), 1, Integer::sum);
        }

        assertThat(counts).hasSize(6);
        assertThat(counts.values()).allMatch(count -> Math.abs(count - 1000) < 6 * Math.sqrt(6000 * 5 / 36.0));
    }

    @Test
    void shouldNotOverflowBehindTheLastOfVeryManyItems() {
        final ItemOrder order = new ItemOrder(Integer.MAX_VALUE, 1 << 30);
        order.skip(1);
        assertThat(order.hasNext()).isTrue();
        order.skip(Integer.MAX_VALUE);
        assertThat(order.hasNext()).isFalse();
        final ItemOrder single = new ItemOrder(Integer.MAX_VALUE, 1);
        single.skip(Integer.MAX_VALUE - 1);

        assertThat(single.next()).containsExactly(Integer.MAX_VALUE - 1);
        assertThat(single.hasNext()).isFalse();
    }

    @Test
    void shouldSkipAndGoBackWithoutLoading() {
        final List<Integer> loaded = new ArrayList<>();
        final IndexedBatches batches = IndexedBatches.of(5, index -> {
            loaded.add(index);
            return new DataSet();
        });
        batches.skip(3);
        batches.next();
        batches.skip(7);
        assertThat(batches.hasNext()).isFalse();
        batches.rewind();
        batches.next();

        assertThat(loaded).containsExactly(3, 0);
    }

    @Test
    void shouldGoBackInTheSameOrder() {
        final IndexedBatches batches = ofArrays().shuffled(3).atEpoch(2);
        final List<Integer> first = rest(batches);
        batches.rewind();

        assertThat(rest(batches)).isEqualTo(first);
    }

    @Test
    void shouldLoadFiles() {
        final List<Path> files = new ArrayList<>();
        final IndexedBatches batches = ofArrays();
        while (batches.hasNext()) {
            files.add(directory.resolve("batch" + files.size()));
            batches.next().save(files.get(files.size() - 1).toFile());
        }

        assertThat(rest(IndexedBatches.ofFiles(files))).isEqualTo(all());
        assertThat(rest(IndexedBatches.ofFiles(files).shuffled(2))).containsExactlyInAnyOrderElementsOf(all());
    }

    @Test
    void shouldPreProcessWhatItLoads() {
        final IndexedBatches batches = ofArrays();
        batches.setPreProcessor(batch -> batch.setLabels(Nd4j.zeros(1, 1)));

        assertThat(batches.next().getLabels()).isEqualTo(Nd4j.zeros(1, 1));
        assertThat(batches.shuffled(1).atEpoch(1).next().getLabels()).isEqualTo(Nd4j.zeros(1, 1));
        assertThat(batches.getPreProcessor()).isNotNull();
    }

    @Test
    void shouldRefuseWhatIsNoBatch() {
        assertThatThrownBy(() -> IndexedBatches.ofArrays(FEATURES, Nd4j.zeros(3, 1), BATCH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("features=10", "labels=3");
        assertThatThrownBy(() -> IndexedBatches.ofArrays(FEATURES, LABELS, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batch=0");
        assertThatThrownBy(() -> ofArrays().atEpoch(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldGoThroughSamplesOfSeveralInputsInTheSameOrder() throws IOException {
        final IndexedMultiBatches batches = IndexedMultiBatches.ofArrays(
                        List.of(FEATURES, LABELS.mul(2)), List.of(LABELS, LABELS.neg()), BATCH)
                .shuffled(3);
        final List<Integer> samples = new ArrayList<>();
        final List<Path> files = new ArrayList<>();
        while (batches.hasNext()) {
            final MultiDataSet batch = batches.next();
            for (int i = 0; i < batch.getLabels(0).size(0); i++) {
                final int sample = batch.getLabels(0).getInt(i, 0);
                assertThat(batch.getLabels(1).getInt(i, 0)).isEqualTo(-sample);
                assertThat(batch.getFeatures(0).slice(i)).isEqualTo(FEATURES.slice(sample));
                assertThat(batch.getFeatures(1).getInt(i, 0)).isEqualTo(2 * sample);
                samples.add(sample);
            }
            files.add(directory.resolve("batch" + files.size()));
            batch.save(files.get(files.size() - 1).toFile());
        }

        assertThat(samples).isEqualTo(rest(ofArrays().shuffled(3)));
        final IndexedMultiBatches saved = IndexedMultiBatches.ofFiles(files).atEpoch(5);
        saved.skip(2);
        assertThat(saved.next().getLabels(0).getInt(0, 0)).isEqualTo(samples.get(2 * BATCH));
        saved.rewind();
        assertThat(saved.next().getLabels(0).getInt(0, 0)).isEqualTo(samples.get(0));
        assertThatThrownBy(() -> IndexedMultiBatches.ofArrays(List.of(FEATURES), List.of(Nd4j.zeros(3, 1)), BATCH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("samples=[10, 3]");
    }

    @Test
    void shouldDealEachBatchToOneShard() {
        for (final boolean skips : new boolean[] {false, true}) {
            final List<Integer> dealt = new ArrayList<>();
            for (int rank = 0; rank < 3; rank++) {
                final NumberedBatches all = skips ? new NumberedBatches.Skipping(0, 7) : new NumberedBatches(0, 7);
                final DataSetIterator shard = new Shard(rank, 3, 0).deal(all);
                int count = 0;
                while (shard.hasNext()) {
                    final int number = ((NumberedBatches.Numbered) shard.next()).number;
                    assertThat(number % 3).isEqualTo(rank);
                    dealt.add(number);
                    count++;
                }
                assertThat(all.loaded).isEqualTo(skips ? count : 7);
                assertThatThrownBy(shard::next).isInstanceOf(NoSuchElementException.class);
            }
            assertThat(dealt).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
        }
    }

    @Test
    void shouldRefuseWhatIsNoShard() {
        assertThatThrownBy(() -> new Shard(2, 2, 0)).hasMessageContaining("rank=2, worldSize=2");
        assertThatThrownBy(() -> new Shard(-1, 2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Shard(0, 2, -1)).hasMessageContaining("epoch=-1");
    }
}
