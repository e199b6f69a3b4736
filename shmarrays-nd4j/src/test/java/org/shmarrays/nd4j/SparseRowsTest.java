package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
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
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.Settings;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.Updates;

/** Rows as INDArrays. */
class SparseRowsTest {
    @TempDir
    private Path directory;

    private Nd4jArrays create(
            final ExecutionerType backend, final INDArray value, final UnaryOperator<ArraySpec> choice) {
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withSlots(2);
        final Nd4jArrays created = Nd4jArrays.create("rows", Map.of("w", value), choice, settings);
        return new Nd4jArrays(created.arrays(), Nd4jArrays.transferOf(backend));
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldGatherAndAddRows(final ExecutionerType backend) {
        final INDArray value = Nd4j.arange(24).castTo(DataType.FLOAT).reshape('c', 4, 2, 3);
        try (Nd4jArrays arrays = create(backend, value, spec -> spec)) {
            assertThat(arrays.gather("w", new int[] {3, 0})).isEqualTo(Nd4j.stack(0, value.slice(3), value.slice(0)));

            final INDArray ones = Nd4j.ones(DataType.FLOAT, 3, 2, 3);
            arrays.scatterAdd("w", new long[] {1, 2, 1}, ones);

            assertThat(arrays.gather("w", new long[] {1, 2, 0}))
                    .isEqualTo(
                            Nd4j.stack(0, value.slice(1).add(2), value.slice(2).add(1), value.slice(0)));
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldTakeViewsOtherOrdersAndTypesThatLoseNothing(final ExecutionerType backend) {
        try (Nd4jArrays arrays = create(backend, Nd4j.zeros(DataType.DOUBLE, 5, 3), spec -> spec)) {
            final INDArray numbers = Nd4j.arange(12).castTo(DataType.FLOAT).reshape('c', 4, 3);
            arrays.scatterAdd("w", new int[] {4, 1}, numbers.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all()));
            arrays.scatterAdd("w", new int[] {0, 2, 3, 0}, numbers.dup('f'));

            // Rows 1 and 2 of the numbers went to rows 4 and 1; 0 and 3 to row 0, 1 to 2, 2 to 3.
            assertThat(arrays.gather("w", new int[] {0, 1, 2, 3, 4})).isEqualTo(Nd4j.createFromArray(new double[][] {
                {9, 11, 13}, {6, 7, 8}, {3, 4, 5}, {6, 7, 8}, {3, 4, 5}
            }));
        }
    }

    @Test
    void shouldUpdateRowsLazily() {
        try (Nd4jArrays arrays =
                create(ExecutionerType.NATIVE_CPU, Nd4j.zeros(DataType.FLOAT, 3), spec -> spec.withState(1))) {
            // m = 0.5 m + g, w = w - m
            arrays.scatterUpdate("w", new int[] {2, 2}, Nd4j.createFromArray(1f, 3f), Updates.momentum(1, 0.5));
            arrays.scatterUpdate("w", new long[] {2, 0}, Nd4j.zeros(DataType.FLOAT, 2), Updates.momentum(1, 0.5));

            assertThat(arrays.gather("w", new int[] {0, 1, 2})).isEqualTo(Nd4j.createFromArray(0f, 0f, -6f));
        }
    }

    @Test
    void shouldRefuseWrongShapesTypesAndRows() {
        try (Nd4jArrays arrays = create(ExecutionerType.NATIVE_CPU, Nd4j.zeros(DataType.FLOAT, 3, 2), spec -> spec)) {
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {1}, Nd4j.zeros(DataType.FLOAT, 2, 2)))
                    .hasMessageContaining("wrong shape: name=w, expected=[1, 2], given=[2, 2]");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {1}, Nd4j.zeros(DataType.DOUBLE, 1, 2)))
                    .hasMessageContaining("wrong type: name=w");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {3}, Nd4j.zeros(DataType.FLOAT, 1, 2)))
                    .hasMessageContaining("rows out of range: name=w");
            assertThatThrownBy(() -> arrays.gather("w", new long[] {1L << 40}))
                    .hasMessageContaining("a row is out of range: name=w, shape=[3, 2], rows[0]=1099511627776");
            assertThatThrownBy(() -> arrays.gather("w", (int[]) null)).hasMessageContaining("the rows are null");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {1}, null))
                    .hasMessageContaining("is null");
            assertThat(arrays.gather("w", new int[0]).length()).isZero();
            arrays.scatterAdd("w", new int[0], Nd4j.create(DataType.FLOAT, 0, 2));
        }
    }
}
