package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.PartitionDescriptor;
import org.shmarrays.segment.LockLostException;
import org.shmarrays.segment.LockTimeoutException;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** What an update that fails leaves behind. */
class UpdateFailureTest {
    /** Four partitions of 16 KiB, each of two blocks. */
    private static final int ELEMENTS = 4 * 4096;

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private ShmArrays other;

    @BeforeEach
    void create() {
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(6)
                .withPartitionBytes(16 * 1024)
                .withLockTimeout(java.time.Duration.ofMillis(100));
        arrays = ShmArrays.create(
                "failing",
                List.of(
                        ArraySpec.of("w", FLOAT32, ELEMENTS).withState(2),
                        ArraySpec.of("h", FLOAT32, ELEMENTS)
                                .inMode(Mode.HOGWILD)
                                .withState(2),
                        ArraySpec.of("a", FLOAT32, ELEMENTS).inMode(Mode.ATOMIC)),
                settings);
        other = arrays.newHandle();
        assertThat(arrays.segment().layout().array("w").partitionCount()).isEqualTo(4);
    }

    @AfterEach
    void close() {
        arrays.close();
        other.close();
    }

    private static float[] ones() {
        final float[] ones = new float[ELEMENTS];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Adds 1 to values and companions; throws at the call of that number, after it has changed what it was given. */
    private static final class Failing extends UpdateFunction {
        private final AtomicInteger callsLeft;
        private final Throwable failure;

        Failing(final int call, final Throwable failure) {
            super("failing", 2);
            this.callsLeft = new AtomicInteger(call);
            this.failure = failure;
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            for (int i = 0; i < n; i++) {
                w[wOffset + i] += g[gOffset + i];
                state[0][wOffset + i] += step;
                state[1][wOffset + i] += 1;
            }
            if (callsLeft.decrementAndGet() == 0) {
                UpdateFailureTest.<RuntimeException>sneak(failure);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(final Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void shouldTakeBackThePartitionAndFreeItsLock() {
        final int firstPartition = arrays.segment().layout().array("w").firstPartition();

        // The sixth block is the second of the third partition.
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.update(Map.of("w", ones()), new Failing(6, new ArithmeticException("sixth"))));

        assertThat(failed).hasMessageContaining("sixth").hasMessageContaining("that partition is as it was before");
        assertThat(failed.getCause()).isInstanceOf(ArithmeticException.class);
        assertThat(failed.updatedPartitions()).containsExactly(firstPartition, firstPartition + 1);
        assertQuarters(values("w", -1), 1, 1, 0, 0);
        assertQuarters(values("w", 0), 1, 1, 0, 0);
        assertQuarters(values("w", 1), 1, 1, 0, 0);
        assertThat(steps("w")).containsExactly(1, 1, 0, 0);
        assertAllFreeAndStable();

        failed.resume();

        assertQuarters(values("w", -1), 1, 1, 1, 1);
        assertQuarters(values("w", 1), 1, 1, 1, 1);
        assertThat(steps("w")).containsExactly(1, 1, 1, 1);
        other.update(Map.of("w", ones()), Updates.add());
        assertQuarters(values("w", -1), 2, 2, 2, 2);
    }

    @Test
    void shouldTakeBackThePartitionAfterAnError() {
        final AssertionError error = new AssertionError("third");

        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), new Failing(3, error)))
                .isSameAs(error);

        assertQuarters(values("w", -1), 1, 0, 0, 0);
        assertThat(steps("w")).containsExactly(1, 0, 0, 0);
        assertAllFreeAndStable();
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
        assertQuarters(values("w", -1), 0, 0, 0, 0);
        assertAllFreeAndStable();
    }

    @Test
    void shouldResumeALockFreePushWhereItBrokeOff() {
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.update(Map.of("h", ones()), new Failing(4, new ArithmeticException("fourth"))));
        assertThat(failed).hasMessageContaining("the blocks of that partition before the failure are updated");

        failed.resume();

        assertQuarters(values("h", -1), 1, 1, 1, 1);
        assertQuarters(values("h", 0), 1, 1, 1, 1);
        assertQuarters(values("h", 1), 1, 1, 1, 1);
        assertThat(steps("h")).containsExactly(1, 1, 1, 1);
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

        assertQuarters(values("a", -1), 1, 1, 1, 1);
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
                    .hasMessageContaining("it is as it was before")
                    .hasMessageContaining(words.get(i));
        }

        assertQuarters(values("w", -1), 0, 0, 0, 0);
        assertAllFreeAndStable();
        for (int p = 0; p < arrays.segment().layout().partitions().size(); p++) {
            assertThat(PartitionDescriptor.versionAcquire(arrays.segment().control(), block(p)))
                    .isZero();
        }
    }

    @Test
    void shouldResumeWholeArrayUpdates() {
        final java.util.LinkedHashMap<String, float[]> both = new java.util.LinkedHashMap<>();
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

        final var w = arrays.segment().layout().array("w");
        assertThat(failed.updatedPartitions())
                .containsExactly(
                        w.firstPartition(), w.firstPartition() + 1, w.firstPartition() + 2, w.firstPartition() + 3);
        failed.resume();
        assertQuarters(values("w", -1), 1, 1, 1, 1);
        assertQuarters(values("h", -1), 1, 1, 1, 1);
    }

    @Test
    void shouldRefuseCallsFromInsideAFunction() {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final List<Runnable> calls = List.of(
                () -> arrays.read(),
                () -> other.read(),
                () -> other.add(Map.of("h", ones())),
                () -> other.update(Map.of("w", ones()), (g, old) -> g),
                () -> other.write(Map.of("w", ones())),
                () -> other.array("w"),
                () -> arrays.newHandle(),
                () -> ShmArrays.attach("failing", settings),
                () -> ShmArrays.attachReadOnly("failing", settings),
                () -> arrays.close(),
                () -> other.close());
        for (final Runnable call : calls) {
            assertRefusedInside(call);
        }
        assertQuarters(values("w", -1), 0, 0, 0, 0);
        assertAllFreeAndStable();
    }

    private void assertRefusedInside(final Runnable call) {
        assertThatThrownBy(
                        () -> arrays.updateElementwise(Map.of("w", ones()), (g, gOffset, w, wOffset, n) -> call.run()))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), (g, old) -> {
                    call.run();
                    return old;
                }))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
        assertThatThrownBy(() -> arrays.array("a")
                        .update(
                                ones(),
                                UpdateFunction.of(
                                        (final float[] g,
                                                final int gOffset,
                                                final float[] w,
                                                final int wOffset,
                                                final int n) -> call.run(),
                                        float[].class)))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inside an update function");
    }

    @Test
    void shouldRefuseCallsFromInsideAFunctionAlsoAfterOneOnAnotherSegment() {
        try (ShmArrays second = ShmArrays.create(
                "second",
                List.of(ArraySpec.of("x", FLOAT32, 1)),
                Settings.fromProperties().withDirectory(directory))) {
            assertRefusedInside(() -> {
                second.updateElementwise(Map.of("x", new float[1]), (g, gOffset, w, wOffset, n) -> {
                    w[wOffset] += 1;
                });
                other.read();
            });
            assertThat(second.read().get("x")).containsExactly(3);
        }
    }

    @Test
    void shouldSayThatALockWasBroken() {
        final int partition = arrays.segment().layout().array("w").firstPartition() + 1;
        final AtomicInteger calls = new AtomicInteger();

        // The third and fourth call are for the second partition: there, somebody else overwrites the lock word.
        final UpdateFailedException failed = catchThrowableOfType(
                UpdateFailedException.class,
                () -> arrays.updateElementwise(Map.of("w", ones()), (g, gOffset, w, wOffset, n) -> {
                    w[wOffset] += 1;
                    if (calls.incrementAndGet() == 4) {
                        setLock(partition, 99);
                    }
                }));

        assertThat(failed.getCause())
                .isInstanceOf(LockLostException.class)
                .hasMessageContaining("partition=" + partition)
                .hasMessageContaining("token=63");
        assertThat(failed).hasMessageContaining("others may have changed it");
        assertThat(failed.updatedPartitions()).contains(partition);
        setLock(partition, 0);
        failed.resume();
        assertThat(values("w", -1)[4096]).isEqualTo(1);
        assertThat(values("w", -1)[3 * 4096]).isEqualTo(1);
    }

    @Test
    void shouldFreeAllLocksOfAWholeArrayAlsoWhenOneWasBroken() {
        final var w = arrays.segment().layout().array("w");
        final int broken = w.firstPartition() + 2;

        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), (g, old) -> {
                    setLock(broken, 99);
                    return g;
                }))
                .hasCauseInstanceOf(LockLostException.class)
                .hasMessageContaining("others may have changed it");

        setLock(broken, 0);
        assertAllFreeAndStable();
    }

    @Test
    void shouldFreeTheLocksOfAWholeArrayWhenOneIsNotGot() {
        final int last = arrays.segment().layout().array("w").partitionsEnd() - 1;
        setLock(last, 99);

        assertThatThrownBy(() -> arrays.update(Map.of("w", ones()), (g, old) -> g))
                .hasCauseInstanceOf(LockTimeoutException.class);

        setLock(last, 0);
        assertAllFreeAndStable();
    }

    @Test
    void shouldNotChangeAPartitionThatSomebodyLeftHalfChanged() {
        final int first = arrays.segment().layout().array("w").firstPartition();
        PartitionDescriptor.versionRelease(arrays.segment().control(), block(first), 1);

        assertThatThrownBy(() -> arrays.add(Map.of("w", ones())))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("half changed");
        assertThat(PartitionDescriptor.versionAcquire(arrays.segment().control(), block(first)))
                .isOne();
        assertThat(PartitionDescriptor.lockAcquire(arrays.segment().control(), block(first)))
                .isZero();
    }

    private void setLock(final int partition, final long word) {
        final var control = arrays.segment().control();
        final long held = PartitionDescriptor.lockAcquire(control, block(partition));
        assertThat(PartitionDescriptor.compareAndSetLock(control, block(partition), held, word))
                .isTrue();
    }

    private int block(final int partition) {
        return arrays.segment().controlLayout().partition(partition);
    }

    private void assertAllFreeAndStable() {
        for (int p = 0; p < arrays.segment().layout().partitions().size(); p++) {
            assertThat(PartitionDescriptor.lockAcquire(arrays.segment().control(), block(p)))
                    .isZero();
            assertThat(PartitionDescriptor.versionAcquire(arrays.segment().control(), block(p)) % 2)
                    .isZero();
        }
    }

    private float[] values(final String name, final int state) {
        final float[] values = new float[ELEMENTS];
        if (state < 0) {
            arrays.array(name).readInto(values);
        } else {
            arrays.array(name).readStateInto(state, values);
        }
        return values;
    }

    private long[] steps(final String name) {
        final var layout = arrays.segment().layout();
        final var array = layout.array(name);
        final long[] steps = new long[array.partitionCount()];
        for (int i = 0; i < steps.length; i++) {
            final int piece = layout.piece(array, array.firstPartition() + i);
            steps[i] = arrays.segment()
                    .control()
                    .getLongVolatile(arrays.segment().controlLayout().step(piece));
        }
        return steps;
    }

    private static void assertQuarters(final float[] values, final float... quarters) {
        for (int q = 0; q < quarters.length; q++) {
            assertThat(Arrays.copyOfRange(values, q * 4096, (q + 1) * 4096)).containsOnly(quarters[q]);
        }
    }
}
