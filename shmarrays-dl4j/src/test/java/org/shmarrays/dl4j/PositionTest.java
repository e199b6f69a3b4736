package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.worker.Worker;

/** A process that was started again is a map of passes done that is empty. */
class PositionTest {
    private static final long RUN = 7;

    @TempDir
    private Path directory;

    private ShmArrays attach(final Worker worker) {
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withSlots(8);
        return ShmArrays.createOrAttach(worker, "w", List.of(Position.spec()), created -> {}, settings);
    }

    private static Worker first(final int rank) {
        return Worker.of(rank, 2, RUN);
    }

    private static Worker late(final int rank, final int workers) {
        return Worker.ofRunUnderWay(rank, workers, RUN);
    }

    /** Ends so many passes, and pushes so many batches of the next one. */
    private static void train(final Position position, final int passes, final int batches) {
        for (int i = 0; i < passes; i++) {
            position.beginPass();
            position.countBatch();
            position.leavePass();
            position.countPass();
        }
        final int pushed = position.beginPass();
        for (int i = pushed; i < batches; i++) {
            position.countBatch();
        }
    }

    private void trainAndLeave(final Worker worker, final int passes, final int batches) {
        try (ShmArrays arrays = attach(worker)) {
            train(new Position(arrays, worker, new HashMap<>()), passes, batches);
        }
    }

    @Test
    void shouldGoOnWhereTheRankWas() {
        try (ShmArrays other = attach(first(0))) {
            trainAndLeave(first(1), 2, 3);

            final Worker successor = late(1, 2);
            try (ShmArrays arrays = attach(successor)) {
                final Position position = new Position(arrays, successor, new HashMap<>());

                assertThat(position.endedPasses()).isEqualTo(2);
                assertThat(position.skipPasses(1)).isEqualTo(1);
                assertThat(position.skipPasses(5)).isEqualTo(1);
                assertThat(position.skipPasses(5)).isZero();
                assertThat(position.beginPass()).isEqualTo(3);
                position.countBatch();
                assertThat(position.batches()).isEqualTo(4);
                position.leavePass();
                position.countPass();
                assertThat(position.endedPasses()).isEqualTo(3);
                assertThat(position.beginPass()).isZero();
                assertThat(position.batches()).isZero();
            }
            assertThat(other.name()).isEqualTo("w");
        }
    }

    @Test
    void shouldGoOnAfterASecondKill() {
        try (ShmArrays other = attach(first(0))) {
            trainAndLeave(first(1), 2, 3);
            final Worker second = late(1, 2);
            try (ShmArrays arrays = attach(second)) {
                final Position position = new Position(arrays, second, new HashMap<>());
                assertThat(position.skipPasses(9)).isEqualTo(2);
                assertThat(position.beginPass()).isEqualTo(3);
                position.countBatch();
            }
            final Worker third = late(1, 2);
            try (ShmArrays arrays = attach(third)) {
                final Position position = new Position(arrays, third, new HashMap<>());

                assertThat(position.skipPasses(9)).isEqualTo(2);
                assertThat(position.beginPass()).isEqualTo(4);
            }
            assertThat(other.name()).isEqualTo("w");
        }
    }

    @Test
    void shouldBeginAgainInAnotherRun() {
        final Worker worker = Worker.of(0, 2, RUN + 1);
        try (ShmArrays arrays = attach(worker)) {
            trainAndLeave(first(0), 2, 3);
            final Position position = new Position(arrays, worker, new HashMap<>());

            assertThat(position.skipPasses(9)).isZero();
            assertThat(position.beginPass()).isZero();
        }
    }

    /** A program that trains, leaves and joins again has done its passes itself. */
    @Test
    void shouldNotSkipWhatThisProcessHasDone() {
        final Map<Position.Rank, Integer> done = new HashMap<>();
        try (ShmArrays other = attach(first(0))) {
            final Worker before = first(1);
            try (ShmArrays arrays = attach(before)) {
                train(new Position(arrays, before, done), 2, 3);
            }
            final Worker again = late(1, 2);
            try (ShmArrays arrays = attach(again)) {
                final Position position = new Position(arrays, again, done);

                assertThat(position.skipPasses(9)).isZero();
                assertThat(position.beginPass()).isZero();
            }
            assertThat(other.name()).isEqualTo("w");
        }
    }

    /** The name and the run are the same, the segment is not. */
    @Test
    void shouldNotTakeASegmentForOneThatWasRemoved() {
        final Map<Position.Rank, Integer> done = new HashMap<>();
        final Worker before = first(0);
        try (ShmArrays arrays = attach(before)) {
            train(new Position(arrays, before, done), 2, 3);
        }
        ShmArrays.remove("w", Settings.fromProperties().withDirectory(directory));
        trainAndLeave(first(0), 1, 2);

        try (ShmArrays other = attach(first(1))) {
            final Worker worker = late(0, 2);
            try (ShmArrays arrays = attach(worker)) {
                final Position position = new Position(arrays, worker, done);

                assertThat(position.skipPasses(9)).isEqualTo(1);
                assertThat(position.beginPass()).isEqualTo(2);
            }
            assertThat(other.name()).isEqualTo("w");
        }
    }

    @Test
    void shouldBeginAnAddedRankWithThePassOfTheSlowest() {
        final Worker zero = first(0);
        final Worker one = first(1);
        try (ShmArrays arrays = attach(zero);
                ShmArrays others = attach(one)) {
            train(new Position(arrays, zero, new HashMap<>()), 3, 1);
            train(new Position(others, one, new HashMap<>()), 2, 1);
            final Worker added = late(2, 3);
            try (ShmArrays third = attach(added)) {
                final Position position = new Position(third, added, new HashMap<>());

                assertThat(position.skipPasses(9)).isEqualTo(2);
                assertThat(position.beginPass()).isZero();
            }
        }
    }

    /** Steps that the program makes by itself, or by the model's own fit, are no part of its data's passes. */
    @Test
    void shouldCountBatchesOfPassesOnly() {
        final Worker worker = first(0);
        try (ShmArrays arrays = attach(worker)) {
            final Position position = new Position(arrays, worker, new HashMap<>());
            position.countBatch();
            assertThat(position.batches()).isZero();
            position.beginPass();
            position.countBatch();
            position.leavePass();
            position.countBatch();

            assertThat(position.batches()).isEqualTo(1);
        }
    }

    @Test
    void shouldForgetBatchesOfAPassThatWasCutOff() {
        final Worker worker = first(0);
        try (ShmArrays arrays = attach(worker)) {
            final Position position = new Position(arrays, worker, new HashMap<>());
            position.beginPass();
            position.countBatch();
            position.leavePass();
            position.beginPass();

            assertThat(position.batches()).isZero();
        }
    }
}
