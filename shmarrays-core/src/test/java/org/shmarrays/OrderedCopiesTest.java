package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.update.OwnedValues;
import org.shmarrays.update.Updates;

/** What a worker reads between its turns is whole, though others die, or overwrite the segment, in its turn. */
class OrderedCopiesTest {
    /** One partition for each array. */
    private static final int ELEMENTS = 4096;

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private ShmArrays other;

    /** How a turn ends. */
    enum Turn {
        SKIPPED {
            @Override
            void take(final ShmArrays arrays, final Runnable behindPush) {
                behindPush.run();
                arrays.skip();
            }
        },
        PUSHED {
            @Override
            void take(final ShmArrays arrays, final Runnable behindPush) {
                arrays.update(Map.of("a", new float[ELEMENTS], "b", new Notified(behindPush)), Updates.add());
            }
        },
        FAILED {
            @Override
            void take(final ShmArrays arrays, final Runnable behindPush) {
                final boolean[] called = new boolean[1];
                assertThatThrownBy(() -> arrays.updateElementwise(
                                Map.of("a", new float[ELEMENTS], "b", new float[ELEMENTS]),
                                (g, gOffset, w, wOffset, n) -> {
                                    if (!called[0]) {
                                        called[0] = true;
                                        behindPush.run();
                                    }
                                    throw new ArithmeticException("no");
                                }))
                        .isInstanceOf(UpdateFailedException.class);
            }
        };

        /** Takes a turn, in which something happens before the copy is made. */
        abstract void take(ShmArrays arrays, Runnable behindPush);
    }

    /** Zeros, whose owner is told when they have been pushed. */
    private record Notified(Runnable behindPush) implements OwnedValues {
        @Override
        public Object values() {
            return new float[ELEMENTS];
        }

        @Override
        public void done() {
            behindPush.run();
        }
    }

    private Settings settings(final Duration lockTimeout) {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(6)
                .withPartitionBytes(ELEMENTS * Float.BYTES)
                .withLockTimeout(lockTimeout);
    }

    @BeforeEach
    void create() {
        arrays = ShmArrays.create(
                "turns",
                List.of(
                        ArraySpec.of("a", FLOAT32, ELEMENTS).inMode(Mode.ORDERED),
                        ArraySpec.of("b", FLOAT32, ELEMENTS).inMode(Mode.ORDERED)),
                settings(Await.DEADLINE));
        other = arrays.newHandle();
        assertThat(arrays.segment().layout().partitions()).hasSize(2);
    }

    @AfterEach
    void close() {
        arrays.close();
        other.close();
    }

    private int partition(final String array) {
        return arrays.segment().layout().array(array).firstPartition();
    }

    private void version(final String array, final long version) {
        arrays.segment().partitions().versionRelease(partition(array), version);
    }

    private long version(final String array) {
        return arrays.segment().partitions().versionAcquire(partition(array));
    }

    private long tokenOfOther() {
        return LockToken.of(other.slotId(), other.segment().slots().generationAcquire(other.slotId()));
    }

    /** Another live worker changes the partition. */
    private void beginChange(final String array) {
        assertThat(arrays.segment().partitions().compareAndSetLock(partition(array), 0, tokenOfOther()))
                .isTrue();
        version(array, version(array) + 1);
    }

    private void endChange(final String array) {
        version(array, version(array) + 1);
        assertThat(arrays.segment().partitions().compareAndSetLock(partition(array), tokenOfOther(), 0))
                .isTrue();
    }

    private void awaitLockWait() {
        Await.until("the wait for a lock", () -> arrays.segment().slots().waitsForAcquire(arrays.slotId()) >= 0);
    }

    /** A restore would pause the segment so, and then overwrite what is being copied. */
    @ParameterizedTest
    @EnumSource(names = {"SKIPPED", "PUSHED"})
    void shouldLetNoPauseBeginWhileATurnIsCopied(final Turn turn) throws InterruptedException {
        final Thread worker = new Thread(() -> turn.take(arrays, () -> beginChange("b")));
        worker.start();
        awaitLockWait();

        try (ShmArrays hasty = ShmArrays.attach("turns", settings(Duration.ofMillis(20)))) {
            assertThatThrownBy(() -> hasty.partitions().whilePaused(() -> {}))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessageContaining("a push does not end");
        } finally {
            endChange("b");
        }
        worker.join();
        other.partitions().whilePaused(() -> {});
    }

    @Test
    void shouldCopyNothingOfWhatIsBeingOverwritten() throws InterruptedException {
        final Thread[] worker = new Thread[1];
        other.partitions().overwrite(() -> {
            fill("a", 2);
            worker[0] = new Thread(arrays::skip);
            worker[0].start();
            Await.until("the worker waits, or is done", () -> switch (worker[0].getState()) {
                case TIMED_WAITING, TERMINATED -> true;
                default -> false;
            });
            fill("b", 2);
        });
        worker[0].join();

        assertThat(read("a")).containsOnly(2f);
        assertThat(read("b")).containsOnly(2f);
    }

    private float[] read(final String array) {
        final float[] values = new float[ELEMENTS];
        arrays.array(array).readInto(values);
        return values;
    }

    private void fill(final String array, final float value) {
        final var layout = arrays.segment().layout().array(array);
        final var memory = arrays.segment().file(layout.region(), 0).atomic();
        for (int i = 0; i < ELEMENTS; i++) {
            memory.putFloat(layout.offset() + i * Float.BYTES, value);
        }
    }

    /** What was left half changed, and can't be put back, is neither copied nor read; the turn is over all the same. */
    @ParameterizedTest
    @EnumSource
    void shouldCopyNoHalfChangedPartition(final Turn turn) {
        arrays.skip();
        final Runnable damage = () -> version("b", version("b") + 1);

        if (turn == Turn.FAILED) {
            turn.take(arrays, damage);
        } else {
            assertThat(catchThrowableOfType(UpdateFailedException.class, () -> turn.take(arrays, damage)))
                    .hasMessageContainingAll("the turn's pushes are stored", "segment=turns")
                    .hasCauseInstanceOf(DamagedPartitionException.class)
                    .satisfies(failure -> assertThat(failure.updatedPartitions())
                            .containsExactly(turn == Turn.PUSHED ? new Integer[] {0, 1} : new Integer[0]));
        }
        assertThatThrownBy(() -> read("b")).isInstanceOf(DamagedPartitionException.class);

        other.partitions().overwrite(() -> fill("b", 3));
        assertThat(read("b")).containsOnly(3f);
        arrays.skip();
        arrays.add(Map.of("a", new float[ELEMENTS], "b", new float[ELEMENTS]));
        assertThat(read("b")).containsOnly(3f);
    }
}
