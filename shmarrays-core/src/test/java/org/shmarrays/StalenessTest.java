package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** The definition of docs/guide/metrics.md: how many updates of others came between a handle's read and its push. */
@Timeout(60)
class StalenessTest {
    private static final int PARTITION_FLOATS = 64;
    private static final int LENGTH = 3 * PARTITION_FLOATS;

    @TempDir
    private Path directory;

    private ShmArrays own;
    private ShmArrays other;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(4)
                .withPartitionBytes(PARTITION_FLOATS * Float.BYTES)
                .withWorkerTimeout(Duration.ofSeconds(30));
    }

    @BeforeEach
    void create() {
        own = ShmArrays.create(
                "s",
                List.of(
                        ArraySpec.of("locked", FLOAT32, 3, PARTITION_FLOATS),
                        ArraySpec.of("free", FLOAT32, LENGTH).inMode(Mode.HOGWILD),
                        ArraySpec.of("free2", FLOAT32, LENGTH).inMode(Mode.ATOMIC)),
                settings());
        other = ShmArrays.attach("s", settings());
    }

    @AfterEach
    void close() {
        other.close();
        own.close();
    }

    private static void push(final ShmArrays arrays, final String... names) {
        for (final String name : names) {
            arrays.add(Map.of(name, new float[LENGTH]));
        }
    }

    /** What was counted for the creator's slot. */
    private Log2Histogram staleness() {
        return own.status().workers().get(0).counters().staleness();
    }

    @Test
    void shouldCountTheUpdatesOfOthersBetweenReadAndPush() {
        own.read();
        push(other, "locked", "locked", "locked");

        push(own, "locked");

        assertThat(staleness().count()).isEqualTo(1);
        assertThat(staleness().sum()).isEqualTo(3);
        assertThat(staleness().max()).isEqualTo(3);
    }

    @Test
    void shouldNotCountOwnUpdates() {
        own.read();
        push(own, "locked", "locked");
        push(other, "locked");

        push(own, "locked");

        // 0, 0, and 1: the third push too is computed from the read, but one's own two are no news.
        assertThat(staleness().count(0)).isEqualTo(2);
        assertThat(staleness().sum()).isEqualTo(1);
    }

    @Test
    void shouldBeginAgainWithEachRead() {
        own.read();
        push(other, "locked", "locked");
        own.read();

        push(own, "locked");

        assertThat(staleness().count()).isEqualTo(1);
        assertThat(staleness().sum()).isZero();
    }

    @Test
    void shouldNotCountPushesToWhatWasNeverRead() {
        push(other, "locked", "free");

        push(own, "locked", "free");

        assertThat(staleness().count()).isZero();
    }

    @Test
    void shouldTakeTheStalestPartitionOfAPush() {
        own.read();
        other.scatterAdd("locked", new int[] {1}, new float[PARTITION_FLOATS]);
        other.scatterAdd("locked", new int[] {1}, new float[PARTITION_FLOATS]);
        other.scatterAdd("locked", new int[] {2}, new float[PARTITION_FLOATS]);

        own.scatterAdd("locked", new int[] {0}, new float[PARTITION_FLOATS]);
        push(own, "locked");

        assertThat(staleness().count(0)).isEqualTo(1);
        assertThat(staleness().sum()).isEqualTo(2);
    }

    @Test
    void shouldCountReadsOfRows() {
        own.gather("locked", new int[] {1});
        other.scatterAdd("locked", new int[] {1}, new float[PARTITION_FLOATS]);

        own.scatterAdd("locked", new int[] {1}, new float[PARTITION_FLOATS]);

        assertThat(staleness().count()).isEqualTo(1);
        assertThat(staleness().sum()).isEqualTo(1);
    }

    @Test
    void shouldCountWhatAnUpdateReturnsAsRead() {
        own.updateAndRead(Map.of("locked", new float[LENGTH]), Updates.add());
        push(other, "locked", "locked");

        own.updateAndRead(Map.of("locked", new float[LENGTH]), Updates.add());
        push(own, "locked");

        // Nothing was read before the first; 2; 0.
        assertThat(staleness().count()).isEqualTo(2);
        assertThat(staleness().sum()).isEqualTo(2);
    }

    @Test
    void shouldCountFunctionsOfWholeArraysAsReads() {
        own.read();
        push(other, "locked");

        own.update(Map.of("locked", new float[LENGTH]), (g, old) -> old);
        own.update(Map.of("locked", new float[LENGTH]), (g, old) -> old);

        assertThat(staleness().count()).isEqualTo(2);
        assertThat(staleness().sum()).isEqualTo(1);
    }

    @Test
    void shouldCountInTheLockFreeModes() {
        own.read();
        push(other, "free", "free");
        push(own, "free");
        push(other, "free");

        push(own, "free");

        // 2; and 3 since the same read.
        assertThat(staleness().count()).isEqualTo(2);
        assertThat(staleness().sum()).isEqualTo(5);
    }

    @Test
    void shouldLookAtTheFirstLockFreeArrayOfTheRead() {
        own.read();
        push(other, "free2");

        own.add(Map.of("free", new float[LENGTH], "free2", new float[LENGTH]));
        push(own, "free2");

        assertThat(staleness().count()).isEqualTo(1);
        assertThat(staleness().sum()).isZero();
    }

    @Test
    void shouldCountUpdatesOfTheWholeSegmentInTheLockFreeModes() {
        own.read();
        other.add(Map.of("locked", new float[LENGTH], "free", new float[LENGTH], "free2", new float[LENGTH]));

        push(own, "free");

        assertThat(staleness().sum()).isEqualTo(1);
        assertThat(own.status().array("free").updates()).isEqualTo(2);
    }

    @Test
    void shouldFollowAboutOneSmallReadInThirtyTwoInTheLockFreeModes() {
        final int rounds = 6_400;
        final ArrayHandle free = own.array("free");
        final float[] values = new float[LENGTH];
        for (int i = 0; i < rounds; i++) {
            free.readInto(values);
            push(other, "free");
            push(own, "free");
        }

        assertThat(staleness().count()).isBetween(rounds / 64L, rounds / 16L);
        assertThat(staleness().sum())
                .as("one update of the other each")
                .isEqualTo(staleness().count());
    }

    @Test
    void shouldFollowEachOfSeveralArraysThatAreReadInTurn() {
        final int rounds = 3_200;
        for (int i = 0; i < rounds; i++) {
            own.array("free").readInto(new float[LENGTH]);
            own.array("free2").readInto(new float[LENGTH]);
            push(other, "free2");
            push(own, "free", "free2");
        }

        // No other worker pushes to the one, and one push to the other comes before each push of one's own.
        assertThat(staleness().count(0)).isGreaterThan(rounds / 64L);
        assertThat(staleness().count(1)).isGreaterThan(rounds / 64L);
        assertThat(staleness().max()).isEqualTo(1);
    }

    @Test
    void shouldForgetALockFreeArrayOnlyWhenItIsReadAgain() {
        own.array("free").readInto(new float[LENGTH]); // the first read is always followed up
        own.array("free2").readInto(new float[LENGTH]);
        push(other, "free");
        push(own, "free");
        assertThat(staleness().sum()).isEqualTo(1);
        // The interval drawn for slot 0 is not 0, so the next read is not followed up.
        own.array("free").readInto(new float[LENGTH]);
        push(own, "free");

        assertThat(staleness().count()).isEqualTo(1);
    }

    @Test
    void shouldTakeAPushByChunksForARead() {
        final ChunkPush push = own.array("locked").chunkPush();
        push.run((chunk, first, count) -> {});
        push(other, "locked", "locked");

        push.run((chunk, first, count) -> {});
        push.run((chunk, first, count) -> {});

        // Nothing is known before the first one; then 2, then 0.
        assertThat(staleness().count()).isEqualTo(2);
        assertThat(staleness().sum()).isEqualTo(2);
    }

    @Test
    void shouldTakeEachPushForAReadOnceThereIsAView() {
        own.array("free").view();
        push(own, "free", "locked");
        push(other, "free", "locked");

        push(own, "free", "locked");
        push(own, "free", "locked");

        // Nothing before the first two; 1 and 1; of the lock-free one the next is not followed up; 0.
        assertThat(staleness().count()).isEqualTo(3);
        assertThat(staleness().sum()).isEqualTo(2);
    }

    @Test
    void shouldBeOneLessThanTheWorkersWhereTheyTakeTurns() throws InterruptedException {
        final int rounds = 5;
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, LENGTH).inMode(Mode.ORDERED);
        try (ShmArrays ordered = ShmArrays.create("o", List.of(spec), settings())) {
            final Thread[] threads = new Thread[3];
            for (int rank = 0; rank < threads.length; rank++) {
                final Worker worker = Worker.of(rank, threads.length);
                threads[rank] = new Thread(() -> {
                    try (ShmArrays arrays = ShmArrays.attach(worker, "o", settings())) {
                        arrays.read();
                        worker.barrier();
                        for (int round = 0; round < rounds; round++) {
                            arrays.updateAndRead(Map.of("w", new float[LENGTH]), Updates.add());
                        }
                    }
                });
                threads[rank].start();
            }
            for (final Thread thread : threads) {
                thread.join();
            }
            final Log2Histogram all = ordered.status().snapshot().counters().staleness();
            // In the first round rank r has missed the r turns before it; later each misses the two others' turns.
            assertThat(all.count()).isEqualTo(3 * rounds);
            assertThat(all.sum()).isEqualTo(0 + 1 + 2 + 2 * 3 * (rounds - 1));
            assertThat(all.max()).isEqualTo(2);
        }
    }

    @Test
    void shouldAllocateNothingWhereItCounts() {
        final ArrayHandle locked = own.array("locked");
        final ArrayHandle free = own.array("free");
        final float[] values = new float[LENGTH];
        Allocations.assertNone(() -> {
            locked.readInto(values);
            locked.update(values, Updates.add());
            free.readInto(values);
            free.update(values, Updates.add());
        });

        assertThat(staleness().count()).isPositive();
        assertThat(own.status().array("locked").lock().holds().count()).isPositive();
    }
}
