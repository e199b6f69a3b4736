package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.FourPartitions.ones;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.testing.FloatUpdate;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** What an update that fails leaves behind. */
class UpdateFailureTest {
    @AutoClose
    private FourPartitions segment;

    private ShmArrays arrays;

    @BeforeEach
    void create(@TempDir final Path directory) {
        segment = new FourPartitions(directory);
        arrays = segment.arrays();
    }

    /** Adds 1 to values and state arrays; fails at the call of that number, after it has changed what it was given. */
    private static UpdateFunction failing(final int call, final Runnable failure) {
        final AtomicInteger callsLeft = new AtomicInteger(call);
        return FloatUpdate.of(2, (g, gOffset, w, wOffset, state, n, step) -> {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
                state[0][wOffset + i] += step;
                state[1][wOffset + i] += 1;
            }
            if (callsLeft.decrementAndGet() == 0) {
                failure.run();
            }
        });
    }

    private static UpdateFunction failing(final int call, final RuntimeException failure) {
        return failing(call, () -> {
            throw failure;
        });
    }

    @Test
    void shouldTakeBackThePartitionAndFreeItsLock() {
        final int firstPartition = segment.first();

        // The sixth block is the second of the third partition.
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.update(Map.of("w", ones()), failing(6, new ArithmeticException("sixth"))));

        assertThat(failed).hasMessageContaining("sixth").hasMessageContaining("this partition is unchanged");
        assertThat(failed.getCause()).isInstanceOf(ArithmeticException.class);
        assertThat(failed.updatedPartitions()).containsExactly(firstPartition, firstPartition + 1);
        segment.assertValues("w", 1, 1, 0, 0);
        segment.assertState("w", 0, 1, 1, 0, 0);
        segment.assertState("w", 1, 1, 1, 0, 0);
        assertThat(segment.steps("w")).containsExactly(1, 1, 0, 0);
        segment.assertAllFreeAndStable();

        failed.resume();

        segment.assertValues("w", 1, 1, 1, 1);
        segment.assertState("w", 1, 1, 1, 1, 1);
        assertThat(segment.steps("w")).containsExactly(1, 1, 1, 1);
        segment.other().update(Map.of("w", ones()), Updates.add());
        segment.assertValues("w", 2, 2, 2, 2);
    }

    @Test
    void shouldTakeBackThePartitionAfterAnError() {
        final AssertionError error = new AssertionError("third");

        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), failing(3, () -> {
                    throw error;
                })))
                .isSameAs(error);

        segment.assertValues("w", 1, 0, 0, 0);
        assertThat(segment.steps("w")).containsExactly(1, 0, 0, 0);
        segment.assertAllFreeAndStable();
        arrays.update(Map.of("w", ones()), Updates.add());
    }

    @Test
    void shouldFailAgainWhenResumedWithTheSameFault() {
        final UpdateFunction faulty = UpdateFunction.of(
                (final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) -> {
                    w[wOffset] = 7;
                    throw new IllegalArgumentException("always");
                },
                float[].class);

        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), faulty))
                .isInstanceOfSatisfying(UpdateFailedException.class, failed -> {
                    assertThat(failed.updatedPartitions()).isEmpty();
                    assertThatThrownBy(failed::resume).isInstanceOf(UpdateFailedException.class);
                });
        segment.assertValues("w", 0, 0, 0, 0);
        segment.assertAllFreeAndStable();
    }

    @Test
    void shouldResumeALockFreePushWhereItBrokeOff() {
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.update(Map.of("h", ones()), failing(4, new ArithmeticException("fourth"))));
        assertThat(failed).hasMessageContaining("the blocks of this partition before the failure are updated");

        failed.resume();

        segment.assertValues("h", 1, 1, 1, 1);
        segment.assertState("h", 0, 1, 1, 1, 1);
        segment.assertState("h", 1, 1, 1, 1, 1);
        assertThat(segment.steps("h")).containsExactly(1, 1, 1, 1);
    }

    @Test
    void shouldResumeAnAtomicPushWhereItBrokeOff() {
        final AtomicInteger calls = new AtomicInteger();

        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.updateElementwise(Map.of("a", ones()), (g, gOffset, w, wOffset, n) -> {
                    for (int i = 0; i < n; i++) {
                        w[wOffset + i] += g[gOffset + i];
                    }
                    if (calls.incrementAndGet() == 6) {
                        throw new ArithmeticException("sixth");
                    }
                }));
        failed.resume();

        segment.assertValues("a", 1, 1, 1, 1);
    }

    @Test
    void shouldChangeNothingWhenAWholeArrayFunctionFails() {
        final List<BinaryOperator<float[]>> faulty = List.of(
                (g, old) -> {
                    old[0] = 5;
                    throw new ArithmeticException("no");
                },
                (g, old) -> null,
                (g, old) -> new float[old.length - 1],
                (g, old) -> new float[0]);
        final List<String> words = List.of("no", "is null", "expected=16384 elements", "given=0");
        for (int i = 0; i < faulty.size(); i++) {
            final BinaryOperator<float[]> function = faulty.get(i);
            assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), function))
                    .isInstanceOf(UpdateFailedException.class)
                    .hasMessageContaining("this array is unchanged")
                    .hasMessageContaining(words.get(i));
        }

        segment.assertValues("w", 0, 0, 0, 0);
        segment.assertAllFreeAndStable();
        for (int p = 0; p < segment.partitionCount(); p++) {
            assertThat(segment.version(p)).isZero();
        }
    }

    @Test
    void shouldResumeWholeArrayUpdates() {
        final Map<String, float[]> both = new LinkedHashMap<>();
        both.put("w", ones());
        both.put("h", ones());
        final AtomicInteger calls = new AtomicInteger();

        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.update(both, (BinaryOperator<float[]>) (g, old) -> {
                    if (calls.incrementAndGet() == 2) {
                        throw new ArithmeticException("second");
                    }
                    for (int i = 0; i < old.length; i++) {
                        old[i] += g[i];
                    }
                    return old;
                }));

        assertThat(failed.updatedPartitions())
                .containsExactly(segment.first(), segment.first() + 1, segment.first() + 2, segment.first() + 3);
        failed.resume();
        segment.assertValues("w", 1, 1, 1, 1);
        segment.assertValues("h", 1, 1, 1, 1);
    }
}
