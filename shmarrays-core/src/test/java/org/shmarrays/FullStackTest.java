package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.shmarrays.layout.ElementType.FLOAT64;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * Pushes from ever deeper recursion until the stack is full, and from other depths in each round, so that each frame of
 * a push is once the last one that fits. What a push took is free then, each partition has it wholly or not at all, and
 * the handle goes on.
 */
@Timeout(120)
class FullStackTest {
    private static final int ELEMENTS = 1_024;
    private static final int ROWS = 64;
    private static final int ROUNDS = 6;
    private static final int STACK_BYTES = 256 << 10;

    @TempDir
    private Path directory;

    /** What is pushed: 1 to each element. */
    enum Kind {
        READY_MADE(Mode.LOCKED) {
            @Override
            void push(final ShmArrays arrays) {
                arrays.update(Map.of("w", ONES), Updates.add());
            }
        },
        FUNCTION(Mode.LOCKED) {
            @Override
            void push(final ShmArrays arrays) {
                arrays.update(Map.of("w", ONES), ADD);
            }
        },
        ROW_UPDATE(Mode.LOCKED) {
            @Override
            void push(final ShmArrays arrays) {
                arrays.scatterUpdate("w", ALL_ROWS, MINUS_ONES, Updates.momentum(1, 0)); // which subtracts
            }
        },
        WHOLE(Mode.LOCKED) {
            @Override
            void push(final ShmArrays arrays) {
                arrays.update(Map.of("w", ONES), (final double[] g, final double[] w) -> {
                    final double[] sum = w.clone();
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += g[i];
                    }
                    return sum;
                });
            }
        },
        TURN(Mode.ORDERED) {
            @Override
            void push(final ShmArrays arrays) {
                arrays.update(Map.of("w", ONES), Updates.add());
            }
        },
        HELD_TURN(Mode.ORDERED) {
            /** What the last push could not close. */
            private Turn turn;

            @Override
            void push(final ShmArrays arrays) {
                if (turn != null) {
                    turn.close();
                }
                turn = arrays.takeTurn();
                arrays.update(Map.of("w", ONES), Updates.add());
                turn.close();
            }
        };

        private final Mode mode;

        Kind(final Mode mode) {
            this.mode = mode;
        }

        abstract void push(ShmArrays arrays);
    }

    private static final double[] ONES = new double[ELEMENTS];
    private static final double[] MINUS_ONES = new double[ELEMENTS];
    private static final int[] ALL_ROWS = new int[ROWS];

    static {
        Arrays.fill(ONES, 1);
        Arrays.fill(MINUS_ONES, -1);
        Arrays.setAll(ALL_ROWS, i -> i);
    }

    private static final UpdateFunction ADD = UpdateFunction.of(
            (final double[] g, final int gOffset, final double[] w, final int wOffset, final int n) -> {
                for (int i = 0; i < n; i++) {
                    w[wOffset + i] += g[gOffset + i];
                }
            },
            double[].class);

    /** Pushes in each frame. */
    private static final class Diver {
        private final ShmArrays arrays;
        private final Kind kind;
        private long pushed;

        Diver(final ShmArrays arrays, final Kind kind) {
            this.arrays = arrays;
            this.kind = kind;
        }

        void sink(final int frames) {
            if (frames > 0) {
                sink(frames - 1);
            } else {
                dive(0, 0);
            }
        }

        private void dive(final long a, final long b) {
            kind.push(arrays);
            pushed++;
            dive(b + 1, a);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void shouldGiveEverythingBackWhenTheStackIsFull(final Kind kind) throws InterruptedException {
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(3)
                .withPartitionBytes(1_024)
                .withLockTimeout(Duration.ofSeconds(20));
        final ArraySpec spec = ArraySpec.of("w", FLOAT64, ROWS, ELEMENTS / ROWS)
                .inMode(kind.mode)
                .withState(kind == Kind.ROW_UPDATE ? 1 : 0);
        try (ShmArrays arrays = ShmArrays.create("s", List.of(spec), settings);
                ShmArrays other = arrays.newHandle()) {
            long least = 0;
            long most = 0;
            for (int round = 0; round < ROUNDS; round++) {
                final Diver diver = new Diver(arrays, kind);
                final int pad = round;
                final Throwable[] thrown = new Throwable[2];
                final Thread thread = new Thread(
                        null,
                        () -> {
                            thrown[0] = catchThrowable(() -> diver.sink(pad));
                            thrown[1] = catchThrowable(() -> kind.push(arrays));
                        },
                        "diver",
                        STACK_BYTES);
                thread.start();
                thread.join(Await.DEADLINE.toMillis());
                assertThat(thrown[0]).isInstanceOf(StackOverflowError.class);
                assertThat(thrown[1]).as("the next push").isNull();
                least += diver.pushed + 1;
                most += diver.pushed + 2;
            }
            if (kind.mode != Mode.ORDERED) {
                kind.push(other);
                least++;
                most++;
            }
            other.partitions().whilePaused(() -> {});
            final double[] values = new double[ELEMENTS];
            other.array("w").readInto(values);
            final int partition =
                    ELEMENTS / arrays.segment().layout().partitions().size();
            for (int i = 0; i < ELEMENTS; i++) {
                assertThat(values[i]).as("element %d", i).isBetween((double) least, (double) most);
                assertThat(values[i]).isEqualTo(values[i / partition * partition]);
            }
        }
    }
}
