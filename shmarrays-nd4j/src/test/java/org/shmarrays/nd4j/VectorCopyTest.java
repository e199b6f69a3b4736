package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class VectorCopyTest {
    private static INDArray counted(final DataType type, final int count) {
        return Nd4j.arange(1, count + 1).castTo(type);
    }

    @Test
    void shouldCopyPartsOfArraysAndNothingElse() {
        for (final DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            final INDArray from = counted(type, 9);
            final INDArray into = Nd4j.zeros(type, 8);
            final VectorCopy copy =
                    new VectorCopy(from.get(NDArrayIndex.interval(4, 7)), into.get(NDArrayIndex.interval(2, 5)));

            copy.copy();
            assertThat(into.toDoubleVector()).as("%s", type).containsExactly(0, 0, 5, 6, 7, 0, 0, 0);

            from.addi(10);
            copy.copy();
            assertThat(into.toDoubleVector()).as("%s", type).containsExactly(0, 0, 15, 16, 17, 0, 0, 0);
        }
    }

    @Test
    void shouldConvertToAnotherType() {
        final INDArray into = Nd4j.zeros(DataType.FLOAT16, 3);

        new VectorCopy(counted(DataType.FLOAT, 3), into).copy();

        assertThat(into.toDoubleVector()).containsExactly(1, 2, 3);
    }

    @Test
    void shouldCopyElementsThatDoNotLieSideBySide() {
        final INDArray column = counted(DataType.FLOAT, 6).reshape(3, 2).getColumn(1);
        final INDArray into = Nd4j.zeros(DataType.FLOAT, 3);

        new VectorCopy(column, into).copy();

        assertThat(into.toDoubleVector()).containsExactly(2, 4, 6);
    }
}
