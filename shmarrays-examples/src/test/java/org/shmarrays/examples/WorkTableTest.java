package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.worker.Worker;

/** Each batch of a training is trained on exactly once. */
class WorkTableTest {
    private static final int PASSES = 3;

    @TempDir
    private Path directory;

    private Settings settings;

    /** Positions in the order in which they were done. */
    private final List<Long> done = new ArrayList<>();

    @BeforeEach
    void choose() {
        settings = Settings.fromProperties().withDirectory(directory).withSlots(8);
    }

    /** A worker and its table. */
    private record Trainer(ShmArrays arrays, WorkTable work) implements AutoCloseable {
        @Override
        public void close() {
            arrays.close();
        }
    }

    private ShmArrays create(final int streams, final int batches) {
        return ShmArrays.create("t", List.of(WorkTable.spec(streams, batches)), fresh -> {}, settings);
    }

    private List<Trainer> join(final int workers, final long run, final boolean isOrdered) {
        final List<Trainer> trainers = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            trainers.add(join(Worker.of(rank, workers, run), isOrdered));
        }
        return trainers;
    }

    private Trainer join(final Worker worker, final boolean isOrdered) {
        final ShmArrays arrays = ShmArrays.attach(worker, "t", settings);
        return new Trainer(arrays, new WorkTable(arrays, worker, PASSES, isOrdered));
    }

    /** One step; false if there is nothing left for this worker. */
    private boolean train(final Trainer trainer) {
        final long position = trainer.work().next();
        if (position == WorkTable.NONE) {
            return false;
        }
        trainer.work().done();
        done.add(position);
        return true;
    }

    private static Set<Long> all(final int streams, final int batches) {
        final Set<Long> positions = new HashSet<>();
        LongStream.range(0, (long) streams * batches * PASSES).forEach(positions::add);
        return positions;
    }

    @Test
    void shouldGiveEachWorkerItsOwnStreamInOrder() {
        try (ShmArrays arrays = create(2, 2);
                Trainer first = join(Worker.of(0, 2, 7), true);
                Trainer second = join(Worker.of(1, 2, 7), true)) {
            while (train(first) & train(second)) {
                assertThat(WorkTable.left(arrays, PASSES)).isEqualTo(12 - done.size());
            }

            assertThat(done).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
            assertThat(first.work().stream(5)).isEqualTo(1);
            assertThat(first.work().step(5)).isEqualTo(2);
        }
    }

    @Test
    void shouldLeaveTheBatchesOfLiveWorkersToThemWhereTheOrderCounts() {
        try (ShmArrays arrays = create(2, 2);
                Trainer first = join(Worker.of(0, 2, 7), true);
                Trainer second = join(Worker.of(1, 2, 7), true)) {
            while (train(first)) {
                assertThat(done).allMatch(position -> position % 2 == 0);
            }
            assertThat(WorkTable.left(arrays, PASSES)).isEqualTo(6);
            while (train(second)) {
                assertThat(done).hasSizeLessThanOrEqualTo(12);
            }
            assertThat(WorkTable.left(arrays, PASSES)).isZero();
        }
    }

    @Test
    void shouldTakeOverWhatASlowWorkerHasLeft() {
        try (ShmArrays arrays = create(2, 2);
                Trainer fast = join(Worker.of(0, 2, 7), false);
                Trainer slow = join(Worker.of(1, 2, 7), false)) {
            final long inHand = slow.work().next();
            while (train(fast)) {
                assertThat(done).doesNotContain(inHand);
            }
            // The further passes of the batch in hand wait for its worker.
            assertThat(WorkTable.left(arrays, PASSES)).isEqualTo(PASSES);
            slow.work().done();
            done.add(inHand);
            while (train(slow)) {
                assertThat(done).doesNotHaveDuplicates();
            }
            assertThat(done).containsExactlyInAnyOrderElementsOf(all(2, 2));
        }
    }

    @Test
    void shouldGoOnWithTheBatchThatTheRankWasKilledWith() {
        try (ShmArrays arrays = create(2, 2)) {
            final long inHand;
            try (Trainer killed = join(Worker.of(0, 2, 7), false)) {
                train(killed);
                inHand = killed.work().next();
            }
            try (Trainer again = join(Worker.ofRunUnderWay(0, 2, 7), false)) {
                assertThat(again.work().next()).isEqualTo(inHand);
            }
            assertThat(WorkTable.left(arrays, PASSES)).isEqualTo(11);
        }
    }

    @Test
    void shouldGoOnWithTheStepsOfABatchThatARankWasKilledWith() {
        try (ShmArrays arrays = create(2, 2)) {
            final long inHand;
            try (Trainer killed = join(Worker.of(1, 2, 7), false)) {
                inHand = killed.work().next();
                assertThat(killed.work().stepsDone()).isZero();
                killed.work().stepsDone(3);
            }
            // The next run has one worker, so the batch is free.
            try (Trainer only = join(Worker.of(0, 1, 8), false)) {
                long position = only.work().next();
                while (position != inHand) {
                    assertThat(only.work().stepsDone()).isZero();
                    only.work().done();
                    position = only.work().next();
                }
                assertThat(only.work().stepsDone()).isEqualTo(3);
                only.work().stepsDone(65_535);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> only.work().stepsDone(65_536));
                only.work().done();
                while (train(only)) {
                    assertThat(only.work().stepsDone()).isZero();
                }
            }
            assertThat(WorkTable.left(arrays, PASSES)).isZero();
        }
    }

    /** A checkpoint is taken at a random moment, with batches in hand, and another number of workers continues. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 3, false",
        "2, 3, 5, false",
        "3, 2, 5, false",
        "2, 5, 7, false",
        "4, 1, 4, false",
        "2, 2, 5, true",
        "3, 4, 5, true",
        "4, 3, 7, true"
    })
    void shouldTrainOnEachBatchOnceWhoeverGoesOn(
            final int before, final int after, final int batches, final boolean isOrdered) {
        final long seed = new Random().nextLong();
        final Random random = new Random(seed);
        final Path file = directory.resolve("t.npz");
        try (ShmArrays arrays = create(before, batches)) {
            final List<Trainer> trainers = join(before, 7, isOrdered);
            final int stop = random.nextInt(before * batches * PASSES);
            for (int step = 0; step < stop; step++) {
                train(trainers.get(isOrdered ? step % before : random.nextInt(before)));
            }
            trainers.stream()
                    .filter(each -> random.nextBoolean())
                    .forEach(each -> each.work().next());
            Checkpoint.write(arrays, file, Checkpoint.Consistency.WHOLE_SEGMENT);
            trainers.forEach(Trainer::close);
        }
        ShmArrays.remove("t", settings);
        try (ShmArrays arrays = Checkpoint.restore(file, "t", settings)) {
            final List<Trainer> trainers = join(after, 8, isOrdered);
            final List<Trainer> working = new ArrayList<>(trainers);
            for (int turn = 0; !working.isEmpty(); turn++) {
                final Trainer trainer = working.get(isOrdered ? turn % working.size() : random.nextInt(working.size()));
                if (!train(trainer)) {
                    trainer.close();
                    working.remove(trainer);
                }
            }
            assertThat(WorkTable.left(arrays, PASSES)).as("seed %d", seed).isZero();
        }
        assertThat(done)
                .as("seed %d", seed)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(all(before, batches));
    }
}
