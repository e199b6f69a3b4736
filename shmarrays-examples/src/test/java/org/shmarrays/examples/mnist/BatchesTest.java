package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchesTest {
    private static final long SEED = 20261123;
    private static final int COUNT = 23;
    private static final int BATCH_SIZE = 5;

    private final LabelledImages images = RandomImages.images(COUNT, SEED);
    private final Batch batch = new Batch(BATCH_SIZE);

    @Test
    void shouldGiveEveryImageItsTurnInEachEpoch() {
        final Batches batches = new Batches(images, BATCH_SIZE, SEED, 0);

        assertThat(batches.batchesPerEpoch()).isEqualTo(5); // 4 of 5 images and one of 3
        for (int epoch = 0; epoch < 3; epoch++) {
            assertThat(epoch(batches, epoch)).hasSize(COUNT).containsExactlyInAnyOrderElementsOf(all());
        }
        batches.read(4, batch);
        assertThat(batch.size()).isEqualTo(3);
    }

    @Test
    void shouldShuffleEachEpochAndEachWorkerDifferently() {
        final List<Integer> first = epoch(new Batches(images, BATCH_SIZE, SEED, 0), 0);

        assertThat(first)
                .isNotEqualTo(all())
                .isNotEqualTo(epoch(new Batches(images, BATCH_SIZE, SEED, 0), 1))
                .isNotEqualTo(epoch(new Batches(images, BATCH_SIZE, SEED, 1), 0))
                .isNotEqualTo(epoch(new Batches(images, BATCH_SIZE, SEED + 1, 0), 0));
    }

    @Test
    void shouldGiveTheSameBatchForTheSameStep() {
        final Batches straight = new Batches(images, BATCH_SIZE, SEED, 2);
        final Batch other = new Batch(BATCH_SIZE);
        for (int step = 0; step < 12; step++) {
            straight.read(step, batch);
        }

        new Batches(images, BATCH_SIZE, SEED, 2).read(11, other);

        assertThat(other.pixels()).isEqualTo(batch.pixels());
        assertThat(other.labels()).isEqualTo(batch.labels());
    }

    @Test
    void shouldPairImagesWithTheirLabels() {
        new Batches(images, BATCH_SIZE, SEED, 0).read(0, batch);

        for (int n = 0; n < batch.size(); n++) {
            assertThat(batch.labels()[n]).isEqualTo(images.label(indexOf(n)));
        }
    }

    @Test
    void shouldCheckItsArguments() {
        assertThatThrownBy(() -> new Batches(images, 0, SEED, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Batch(0)).isInstanceOf(IllegalArgumentException.class);
        final Batches batches = new Batches(images, BATCH_SIZE, SEED, 0);
        assertThatThrownBy(() -> batches.read(-1, batch)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> batches.read(0, new Batch(BATCH_SIZE - 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("capacity=4, batchSize=5");
        batches.read(0, batch);
        assertThatThrownBy(() -> batch.add(images, 0)).isInstanceOf(IllegalStateException.class);
    }

    private List<Integer> epoch(final Batches batches, final int epoch) {
        final List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < batches.batchesPerEpoch(); i++) {
            batches.read((long) epoch * batches.batchesPerEpoch() + i, batch);
            for (int n = 0; n < batch.size(); n++) {
                indices.add(indexOf(n));
            }
        }
        return indices;
    }

    /** Which image stands at place n: random images differ from each other. */
    private int indexOf(final int n) {
        final float[] image =
                Arrays.copyOfRange(batch.pixels(), n * LabelledImages.PIXELS, (n + 1) * LabelledImages.PIXELS);
        final Batch candidate = new Batch(1);
        for (int i = 0; i < COUNT; i++) {
            candidate.clear();
            candidate.add(images, i);
            if (Arrays.equals(candidate.pixels(), image)) {
                return i;
            }
        }
        throw new AssertionError("not one of the images: place=" + n);
    }

    private static List<Integer> all() {
        final List<Integer> all = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            all.add(i);
        }
        return all;
    }
}
