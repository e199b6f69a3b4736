package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Background;
import org.shmarrays.update.ChunkFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Several workers change the same chunks at the same time, alone and in groups: nothing is lost, and no one blocks. */
@Timeout(120)
class ChunkThreadsTest {
    private static final int ELEMENTS = 1_500; // six partitions
    private static final int THREADS = 4;
    private static final int PUSHES = 200;

    private SmallPartitions segments;
    private ShmArrays arrays;

    @BeforeEach
    void remember(@TempDir final Path directory) {
        segments = new SmallPartitions(directory);
    }

    @AfterEach
    void remove() {
        arrays.close();
        segments.remove();
    }

    private Settings settings() {
        return segments.settings().withSlots(THREADS + 1);
    }

    private void create(final Mode mode) {
        arrays = ShmArrays.create(
                "s", List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(mode).withState(1)), settings());
    }

    private void assertHolds(final float values, final float state) {
        final float[] read = new float[ELEMENTS];
        arrays.array("w").readInto(read);
        assertThat(read).containsOnly(values);
        arrays.array("w").readStateInto(0, read);
        assertThat(read).containsOnly(state);
    }

    /** Adds 1 to each of its chunks, if all of them are as they were while it computed. */
    private record Group(AddInPlace add, int first, int last, float[] before) implements ChunkFunction.Group {
        @Override
        public void prepare() {
            before[0] = add.value(first);
            before[1] = add.value(last);
        }

        @Override
        public void update(final int chunk, final int from, final int count) {
            assertThat(add.value(last)).isEqualTo(before[1]);
            add.update(chunk, from, count);
            if (from + count > last) {
                assertThat(add.value(first)).isEqualTo(before[0] + 1);
            }
        }
    }

    private static ChunkPush grouped(final ChunkPush push, final AddInPlace add, final int from, final int to) {
        final int last = push.first(to - 1) + push.elementCount(to - 1) - 1;
        return push.withGroup(from, to, new Group(add, push.first(from), last, new float[2]));
    }

    @Test
    void shouldLoseNothingWhereGroupsOverlap() {
        create(Mode.LOCKED);
        final List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            final ShmArrays own = arrays.newHandle();
            final int from = t;
            threads.add(Background.run(() -> {
                try (own) {
                    final ChunkPush alone = own.array("w").chunkPush();
                    final AddInPlace add = new AddInPlace(alone, 1);
                    final ChunkPush inThree = grouped(alone, add, from, from + 3);
                    final float[] ones = new float[ELEMENTS];
                    Arrays.fill(ones, 1);
                    for (int push = 0; push < PUSHES; push++) {
                        switch (push % 4) {
                            case 0 -> alone.run(add);
                            case 1 -> own.array("w").update(ones, Updates.add());
                            default -> inThree.run(add);
                        }
                    }
                }
            }));
        }

        threads.forEach(CompletableFuture::join);

        assertThat(arrays.array("w").chunkPush().chunkCount()).isEqualTo(6);
        assertHolds(THREADS * PUSHES, THREADS * PUSHES * 3 / 4);
    }

    @Test
    void shouldPushInTurn() {
        create(Mode.ORDERED);
        arrays.close();
        final List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int rank = 0; rank < THREADS; rank++) {
            final Worker worker = Worker.of(rank, THREADS);
            final ShmArrays own = ShmArrays.attach(worker, "s", settings());
            final int number = rank;
            threads.add(Background.run(() -> {
                try (worker;
                        own) {
                    inTurn(own, number);
                }
            }));
        }

        threads.forEach(CompletableFuture::join);

        arrays = ShmArrays.attach("s", settings());
        assertHolds(THREADS * PUSHES, THREADS * PUSHES);
    }

    /** Each push finds what the turns before it have left, in each of its chunks. */
    private static void inTurn(final ShmArrays own, final int rank) {
        final ChunkPush push = own.array("w").chunkPush();
        final AddInPlace add = new AddInPlace(push, 1);
        final ChunkPush inFour = grouped(push, add, 1, 5);
        final float[] read = new float[ELEMENTS];
        for (int turn = 0; turn < PUSHES; turn++) {
            final float before = (float) turn * THREADS + rank;
            (turn % 2 == 0 ? push : inFour).run((chunk, first, count) -> {
                assertThat(add.value(first)).isEqualTo(before);
                assertThat(add.value(first + count - 1)).isEqualTo(before);
                add.update(chunk, first, count);
            });
            own.array("w").readInto(read);
            assertThat(read).containsOnly(before + 1);
        }
    }
}
