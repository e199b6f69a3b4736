package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.Settings;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/** Updates by functions of the user's over INDArrays. */
class FunctionsTest {
    private static final INDArray ONES = Nd4j.ones(DataType.FLOAT, 2, 3);

    @TempDir
    private Path directory;

    private Nd4jArrays create(final Map<String, INDArray> values, final UnaryOperator<ArraySpec> choice) {
        return Nd4jArrays.create(
                "functions",
                values,
                choice,
                Settings.fromProperties()
                        .withDirectory(directory.resolve("segments"))
                        .withSlots(2)
                        .withPartitionBytes(16 * 1024));
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldGiveFunctionWholeArraysInTheirShapes(final ExecutionerType backend) {
        try (Nd4jArrays created = create(
                        Map.of(
                                "w",
                                ONES,
                                "v",
                                Nd4j.zeros(DataType.DOUBLE, 70, 80).dup('f')),
                        spec -> spec);
                Nd4jArrays arrays = new Nd4jArrays(created.arrays(), Nd4jArrays.transferOf(backend))) {
            final List<String> shapes = new ArrayList<>();
            final INDArray v = Nd4j.arange(5600).castTo(DataType.DOUBLE).reshape(70, 80);

            final Map<String, INDArray> left =
                    arrays.updateAndRead(Map.of("w", ONES.mul(4), "v", v), (gradient, state) -> {
                        shapes.add(java.util.Arrays.toString(state.shape()));
                        return state.subi(gradient.muli(0.5));
                    });

            assertThat(shapes).containsExactlyInAnyOrder("[2, 3]", "[70, 80]");
            assertThat(arrays.read().get("w")).isEqualTo(ONES.neg());
            assertThat(left.get("w")).isEqualTo(ONES.neg());
            assertThat(arrays.read().get("v")).isEqualTo(v.neg());
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldTakeNewArrayOfAnyOrderAsTheNewValues(final ExecutionerType backend) {
        try (Nd4jArrays created = create(Map.of("w", ONES), spec -> spec);
                Nd4jArrays arrays = new Nd4jArrays(created.arrays(), Nd4jArrays.transferOf(backend))) {
            final INDArray values = Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}});

            arrays.update(Map.of("w", ONES), (gradient, state) -> values.dup('f'));
            assertThat(arrays.read().get("w")).isEqualTo(values);

            arrays.update(Map.of("w", ONES), (gradient, state) -> values.mul(2).castTo(DataType.FLOAT16));
            assertThat(arrays.read().get("w")).isEqualTo(values.mul(2));
        }
    }

    @Test
    void shouldLeaveValuesWhenFunctionFails() {
        try (Nd4jArrays arrays = create(Map.of("w", ONES), spec -> spec)) {
            final Map<String, INDArray> gradients = Map.of("w", ONES.dup());

            assertThatThrownBy(() -> arrays.update(gradients, (gradient, state) -> null))
                    .isInstanceOf(UpdateFailedException.class)
                    .hasRootCauseMessage("the result of the update function is null: name=w");
            assertThatThrownBy(() -> arrays.update(
                            gradients, (gradient, state) -> state.addi(1).reshape(3, 2)))
                    .hasRootCauseMessage("the result of the update function has the wrong shape: name=w,"
                            + " expected=[2, 3], given=[3, 2]");
            assertThatThrownBy(() -> arrays.update(
                            gradients, (gradient, state) -> state.addi(1).castTo(DataType.DOUBLE)))
                    .hasRootCauseInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> arrays.update(gradients, (gradient, state) -> {
                        state.addi(1);
                        throw new ArithmeticException("overflow");
                    }))
                    .hasRootCauseInstanceOf(ArithmeticException.class);
            assertThatThrownBy(() -> arrays.update(
                            gradients, (gradient, state) -> arrays.read().get("w")))
                    .hasRootCauseInstanceOf(IllegalStateException.class);

            assertThat(arrays.read().get("w")).isEqualTo(ONES);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldGiveElementwiseFunctionRunsOfOnePartitionEach(final Mode mode) {
        final int count = 100 * 101;
        final INDArray values = Nd4j.arange(count).castTo(DataType.FLOAT).reshape(100, 101);
        for (final ExecutionerType backend : ExecutionerType.values()) {
            try (Nd4jArrays created = create(Map.of("w", values), spec -> spec.inMode(mode));
                    Nd4jArrays arrays = new Nd4jArrays(created.arrays(), Nd4jArrays.transferOf(backend))) {
                final List<Long> lengths = new ArrayList<>();

                arrays.updateElementwise(Map.of("w", values), (gradient, state) -> {
                    lengths.add(state.length());
                    return state.rank() == 1 ? state.addi(gradient.muli(2)) : null;
                });
                arrays.updateElementwise(
                        Map.of("w", values),
                        (gradient, state) -> Nd4j.vstack(state.add(gradient), state)
                                .transpose()
                                .getColumn(0));

                assertThat(arrays.read().get("w")).isEqualTo(values.mul(4));
                assertThat(lengths.stream().mapToLong(Long::longValue).sum()).isEqualTo(count);
                assertThat(lengths).hasSize(mode.comparesAndSets() ? 6 : 3);
                org.shmarrays.internal.segment.SegmentRemoval.remove(
                        Doors.ROOT.of(Settings.fromProperties().withDirectory(directory.resolve("segments"))),
                        "functions");
            }
        }
    }

    @Test
    void shouldUpdateSixteenBitArraysInFloat() {
        final INDArray half = ONES.castTo(DataType.FLOAT16);
        try (Nd4jArrays arrays = create(Map.of("h", half, "b", ONES.castTo(DataType.BFLOAT16)), spec -> spec)) {
            arrays.update(Map.of("h", half, "b", ONES), (gradient, state) -> state.addi(gradient));
            arrays.updateElementwise(Map.of("h", half, "b", ONES), (gradient, state) -> state.addi(gradient));

            assertThat(arrays.read())
                    .allSatisfy((name, value) -> assertThat(value).isEqualTo(ONES.mul(3)));
        }
    }

    @Test
    void shouldRefuseElementwiseResultOfAnotherLength() {
        try (Nd4jArrays arrays = create(Map.of("w", ONES), spec -> spec)) {
            assertThatThrownBy(() -> arrays.updateElementwise(Map.of("w", ONES), (gradient, state) -> null))
                    .hasRootCauseMessage("the update function returned null: return the state, or a new array");
            assertThatThrownBy(() -> arrays.updateElementwise(Map.of("w", ONES), (gradient, state) -> Nd4j.ones(5)))
                    .hasRootCauseMessage("the update function returned an array of the wrong length or type:"
                            + " expected=6 of FLOAT, given=5 of FLOAT");
            assertThat(arrays.read().get("w")).isEqualTo(ONES);
        }
    }

    @Test
    void shouldRefuseWholeArrayFunctionForAtomicArrays() {
        try (Nd4jArrays arrays = create(Map.of("w", ONES), spec -> spec.inMode(Mode.ATOMIC))) {
            assertThatThrownBy(() -> arrays.update(Map.of("w", ONES), (gradient, state) -> state))
                    .hasMessageContaining("ATOMIC");
        }
    }
}
