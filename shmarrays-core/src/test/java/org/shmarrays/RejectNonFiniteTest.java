package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

/** With the guard on, no update writes NaN or infinity. */
class RejectNonFiniteTest {
    private static final int ELEMENTS = 5000; // three blocks of float32

    @TempDir
    private Path directory;

    private ShmArrays create(final ArraySpec spec, final boolean reject) {
        return ShmArrays.create(
                "n",
                List.of(spec),
                Settings.fromProperties()
                        .withDirectory(directory)
                        .withSlots(2)
                        .withPartitionBytes(64 * 1024)
                        .withRejectNonFinite(reject));
    }

    private static float[] gradientWith(final int index, final float value) {
        final float[] gradient = new float[ELEMENTS];
        Arrays.fill(gradient, 1);
        gradient[index] = value;
        return gradient;
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void shouldRefuseTheUpdateAndLeaveThePartition(final float bad) {
        try (ShmArrays arrays = create(ArraySpec.of("w", ElementType.FLOAT32, ELEMENTS), true)) {
            final var failure = catchThrowableOfType(
                    UpdateFailedException.class, () -> arrays.add(Map.of("w", gradientWith(4321, bad))));

            assertThat(failure).hasMessageContaining("array=w").hasMessageContaining("index=4321");
            final NonFiniteValueException cause = (NonFiniteValueException) failure.getCause();
            assertThat(cause.array()).isEqualTo("w");
            assertThat(cause.index()).isEqualTo(4321);
            assertThat(arrays.read().get("w")).containsOnly(0f);

            arrays.add(Map.of("w", gradientWith(0, 1)));
            assertThat(arrays.read().get("w")).containsOnly(1f);
        }
    }

    @Test
    void shouldRefuseStateArraysThatAreNotFinite() {
        try (ShmArrays arrays =
                create(ArraySpec.of("w", ElementType.FLOAT32, ELEMENTS).withState(2), true)) {
            // 1e30 squared is infinite in float32, so Adam's second moment is; the step itself, m / inf, would be 0.
            assertThatThrownBy(() -> arrays.update(Map.of("w", gradientWith(7, 1e30f)), Updates.adam(0.1)))
                    .hasMessageContaining("index=7 of state array 1");

            final float[] moment = new float[ELEMENTS];
            arrays.array("w").readStateInto(0, moment);
            assertThat(moment).containsOnly(0f);
            assertThat(arrays.read().get("w")).containsOnly(0f);
        }
    }

    @Test
    void shouldRefuseWhatOverflowsWhenItIsStored() {
        try (ShmArrays arrays = create(ArraySpec.of("w", ElementType.FLOAT16, ELEMENTS), true)) {
            assertThatThrownBy(() -> arrays.add(Map.of("w", gradientWith(5, 70_000)))) // the largest is 65504
                    .hasCauseInstanceOf(NonFiniteValueException.class)
                    .hasMessageContaining("index=5")
                    .hasMessageContaining("FLOAT16");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "ATOMIC"})
    void shouldRefuseTheBlockInLockFreeModes(final Mode mode) {
        try (ShmArrays arrays =
                create(ArraySpec.of("w", ElementType.FLOAT32, ELEMENTS).inMode(mode), true)) {
            assertThatThrownBy(() -> arrays.add(Map.of("w", gradientWith(4321, Float.NaN))))
                    .hasCauseInstanceOf(NonFiniteValueException.class)
                    .hasMessageContaining("index=4321");

            final float[] values = arrays.read().get("w");
            assertThat(values[0]).isEqualTo(1);
            assertThat(values[4321]).isZero();
            assertThat(values[4999]).isZero();
        }
    }

    @Test
    void shouldRefuseWholeArraysBeforeAnythingIsChanged() {
        final BinaryOperator<float[]> take = (gradient, old) -> gradient;
        try (ShmArrays arrays = create(ArraySpec.of("w", ElementType.FLOAT32, ELEMENTS), true)) {
            assertThatThrownBy(() -> arrays.update(Map.of("w", gradientWith(4999, Float.NaN)), take))
                    .hasMessageContaining("this array is unchanged")
                    .hasMessageContaining("index=4999");
            assertThatThrownBy(() -> arrays.updateWhole(
                            List.of("w"), (name, old) -> FloatBuffer.wrap(gradientWith(3000, Float.NaN))))
                    .hasMessageContaining("index=3000");

            assertThat(arrays.read().get("w")).containsOnly(0f);
        }
    }

    @Test
    void shouldWriteThemWithoutTheGuard() {
        try (ShmArrays arrays = create(ArraySpec.of("w", ElementType.FLOAT32, ELEMENTS), false)) {
            arrays.add(Map.of("w", gradientWith(3, Float.NaN)));

            assertThat(arrays.read().get("w")[3]).isNaN();
        }
    }

    @Test
    void shouldReadTheProperty() {
        System.setProperty("shmarrays.reject-non-finite", "true");
        try {
            assertThat(Settings.fromProperties().rejectsNonFinite()).isTrue();
            System.setProperty("shmarrays.reject-non-finite", "yes");
            assertThatThrownBy(Settings::fromProperties)
                    .hasMessage("not an allowed value: shmarrays.reject-non-finite=yes; give true or false");
        } finally {
            System.clearProperty("shmarrays.reject-non-finite");
        }
        assertThat(Settings.fromProperties().rejectsNonFinite()).isFalse();
    }
}
