package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.testing.Await;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** A push that failed half way goes on where it stopped, and adds nothing twice. */
class ResumeTest {
    private static final int ELEMENTS = 32_768;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withPartitionBytes(32 << 10);
    }

    /** Adds what is pushed; throws the first time that it meets a number. */
    private static UpdateFunction throwingOnceAt(final float met) {
        final AtomicBoolean thrown = new AtomicBoolean();
        return UpdateFunction.of(
                (final float[] g, final int gOffset, final float[] w, final int wOffset, final int n) -> {
                    for (int i = 0; i < n; i++) {
                        if (g[gOffset + i] == met && thrown.compareAndSet(false, true)) {
                            throw new IllegalStateException("once");
                        }
                        w[wOffset + i] += g[gOffset + i];
                    }
                },
                float[].class);
    }

    private static float[] filled(final float value) {
        final float[] values = new float[ELEMENTS];
        Arrays.fill(values, value);
        return values;
    }

    @Test
    void shouldGoOnInTheLockFreePartitionAlsoWhenALockedOneHasBecomeFree() throws Exception {
        final CountDownLatch held = new CountDownLatch(1);
        final CountDownLatch enough = new CountDownLatch(1);
        try (ShmArrays arrays = ShmArrays.create(
                "s",
                List.of(
                        ArraySpec.of("locked", FLOAT32, 16).inMode(Mode.LOCKED),
                        ArraySpec.of("free", FLOAT32, ELEMENTS).inMode(Mode.HOGWILD)),
                settings())) {
            final ShmArrays other = arrays.newHandle();
            final Thread holder = new Thread(() -> {
                other.updateElementwise(Map.of("locked", new float[16]), (g, gOffset, w, wOffset, n) -> {
                    held.countDown();
                    Await.until("enough", () -> enough.getCount() == 0);
                });
                other.close();
            });
            holder.start();
            held.await();
            final float[] gradient = filled(1);
            gradient[5_000] = 2; // in the middle of a partition, behind whole blocks
            final UpdateFailedException failure = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> arrays.update(
                            Map.of(
                                    "locked",
                                    new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                                    "free",
                                    gradient),
                            throwingOnceAt(2)));
            enough.countDown();
            holder.join();

            failure.resume();

            assertThat(arrays.read().get("free")).containsExactly(gradient);
            assertThat(arrays.read().get("locked")).containsOnly(1f);
        }
    }

    /** Under a lock the results of a partition follow when it is done; without one those of a block do. */
    @ParameterizedTest
    @EnumSource(names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldLeaveAnOperandAloneThatIsToTakeTheResultUntilItsPartitionIsDone(final Mode mode) {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(mode);
        try (ShmArrays arrays = ShmArrays.create("s", List.of(spec), settings())) {
            arrays.write(Map.of("w", filled(10)));
            final float[] gradient = filled(1);
            gradient[ELEMENTS - 1] = 3; // in the last block of the last partition
            final UpdateFailedException failure = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> arrays.array("w").updateAndRead(gradient, throwingOnceAt(3), gradient));

            failure.resume();

            final float[] expected = filled(11);
            expected[ELEMENTS - 1] = 13;
            assertThat(arrays.read().get("w")).containsExactly(expected);
            assertThat(gradient).containsExactly(expected);
        }
    }

    @Test
    void shouldDoNothingWhenAFinishedPushIsResumedAgain() {
        try (ShmArrays arrays = ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, ELEMENTS)), settings())) {
            arrays.read();
            final float[] gradient = filled(1);
            gradient[5_000] = 2;
            final UpdateFailedException failure = catchThrowableOfType(
                    UpdateFailedException.class, () -> arrays.update(Map.of("w", gradient), throwingOnceAt(2)));

            failure.resume();
            failure.resume();

            assertThat(arrays.read().get("w")).containsExactly(gradient);
            assertCountedOnce(arrays, 1);
        }
    }

    @Test
    void shouldDoNothingWhenAFinishedFunctionOfWholeArraysIsResumedAgain() {
        try (ShmArrays arrays = ShmArrays.create(
                "s", List.of(ArraySpec.of("v", FLOAT32, 4), ArraySpec.of("w", FLOAT32, 4)), settings())) {
            arrays.read();
            final AtomicInteger calls = new AtomicInteger();
            final Map<String, float[]> gradients = new LinkedHashMap<>();
            gradients.put("v", new float[4]);
            gradients.put("w", new float[4]);
            final UpdateFailedException failure = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> arrays.update(gradients, (gradient, old) -> {
                        if (calls.incrementAndGet() == 2) {
                            throw new IllegalStateException("once");
                        }
                        return new float[] {old[0] + 1, 1, 1, 1};
                    }));

            failure.resume();
            failure.resume();

            assertThat(calls).hasValue(3);
            assertThat(arrays.read().get("v")).containsExactly(1, 1, 1, 1);
            assertThat(arrays.read().get("w")).containsExactly(1, 1, 1, 1);
            assertCountedOnce(arrays, 2);
        }
    }

    private static void assertCountedOnce(final ShmArrays arrays, final int arrayCount) {
        final SegmentStatus status = arrays.status();
        assertThat(status.arrays())
                .hasSize(arrayCount)
                .allSatisfy(array -> assertThat(array.updates()).isEqualTo(1));
        assertThat(status.workers().get(0).counters().updates()).isEqualTo(1);
        assertThat(status.workers().get(0).counters().staleness().count()).isEqualTo(1);
    }

    @Test
    void shouldCountTheElementsOfABufferBeforeItsLimit() {
        try (ShmArrays arrays = ShmArrays.create(
                "s", List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(Mode.HOGWILD)), settings())) {
            final FloatBuffer half = FloatBuffer.wrap(filled(1)).limit(ELEMENTS / 2);

            assertThatThrownBy(() -> arrays.update(Map.of("w", half), Updates.add()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("given=" + ELEMENTS / 2);
            assertThat(arrays.read().get("w")).containsOnly(0f);
        }
    }

    @Test
    void shouldRefuseADestinationThatCannotBeWritten() {
        try (ShmArrays arrays = ShmArrays.create(
                "s", List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).inMode(Mode.HOGWILD)), settings())) {
            final FloatBuffer readOnly = FloatBuffer.wrap(filled(1)).asReadOnlyBuffer();

            assertThatThrownBy(() -> arrays.array("w").updateAndRead(filled(1), Updates.add(), readOnly))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("read-only");
            assertThatThrownBy(() -> arrays.array("w").readInto(readOnly))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("read-only");
            assertThatThrownBy(() -> arrays.array("w")
                            .gather(
                                    new int[] {0},
                                    FloatBuffer.wrap(new float[1]).asReadOnlyBuffer()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("read-only");
            assertThat(arrays.read().get("w")).containsOnly(0f);
        }
    }

    @Test
    void shouldCountAResumedFunctionOfWholeArraysOnce() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("a", FLOAT32, 8), ArraySpec.of("b", FLOAT32, 8));
        try (ShmArrays arrays = ShmArrays.create("s", specs, settings())) {
            final AtomicBoolean thrown = new AtomicBoolean();
            final UpdateFailedException failure = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> arrays.update(Map.of("a", new float[8], "b", new float[8]), (g, old) -> {
                        if (thrown.compareAndSet(false, true)) {
                            throw new IllegalStateException("once");
                        }
                        return old;
                    }));
            final SegmentStatus status = arrays.status();
            assertThat(status.snapshot().counters().updates()).isZero();

            failure.resume();

            assertThat(status.snapshot().counters().updates()).isEqualTo(1);
            assertThat(status.array("a").updates()).isEqualTo(1);
            assertThat(status.array("b").updates()).isEqualTo(1);
        }
    }
}
