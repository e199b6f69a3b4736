package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

/** What cannot be done with rows is refused before anything is written. */
class SparseRefusalTest {
    private SmallPartitions segment;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        segment = new SmallPartitions(directory);
    }

    @Test
    void shouldRefuseStateInAtomicMode() {
        try (ShmArrays arrays =
                segment.create(ArraySpec.of("w", FLOAT32, 8).inMode(Mode.ATOMIC).withState(2))) {
            assertThatThrownBy(() -> arrays.scatterUpdate("w", new int[] {5}, new float[] {2}, Updates.adam(0.1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("an update with state can't run in mode ATOMIC");
            arrays.scatterUpdate("w", new int[] {5, 5}, new float[] {2, 4}, Updates.ema(0.5));
            assertThat(arrays.gather("w", new int[] {5})).containsExactly(3); // 0.5 (2 + 4) + 0.5 * 0
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void shouldRefuseBadRowsBeforeAnythingIsWritten(final Mode mode) {
        try (ShmArrays arrays = segment.create(ArraySpec.of("w", FLOAT32, 4, 3).inMode(mode))) {
            final int[] bad = {0, -1, 1, 4, Integer.MIN_VALUE, Integer.MAX_VALUE, 9, 10};
            assertThatThrownBy(() -> arrays.scatterAdd("w", bad, new float[24]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("rows out of range: name=w, segment=s, shape=[4, 3], rows are 0 to 3, bad=6 of 8: "
                            + "rows[1]=-1, rows[3]=4, rows[4]=-2147483648, rows[5]=2147483647, rows[6]=9, …; "
                            + "nothing was read or written");
            assertThatThrownBy(() -> arrays.gather("w", new int[] {4})).hasMessageContaining("rows[0]=4");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {1, 2}, new float[5]))
                    .hasMessageContaining("the operand has the wrong length: name=w, shape=[4, 3], rows=2, "
                            + "expected=6 elements, given=5");
            assertThatThrownBy(() -> arrays.array("w").scatterAdd(new int[] {1}, 2, new float[6]))
                    .hasMessageContaining("the number of rows is out of range: name=w, rows=2, given=1");
            assertThatThrownBy(() -> arrays.array("w").scatterAdd(new int[] {1, 2}, 2, new float[5]))
                    .hasMessageContaining("wrong length");
            assertThatThrownBy(() -> arrays.scatterAdd("w", null, new float[5])).hasMessageContaining("null: name=w");
            assertThatThrownBy(() -> arrays.gather("w", null)).hasMessageContaining("the rows are null: name=w");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[1], null)).hasMessageContaining("is null: name=w");
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[1], new double[3]))
                    .hasMessageContaining("the operand has the wrong type: name=w");
            assertThat(arrays.read().get("w")).containsOnly(0);

            arrays.scatterAdd("w", new int[0], new float[0]);
            assertThat(arrays.gather("w", new int[0])).isEmpty();
        }
    }

    @Test
    void shouldRefuseArraysWhoseRowsDoNotLieSideBySide() {
        try (ShmArrays arrays = segment.create(
                ArraySpec.of("f", FLOAT32, 4, 3)
                        .inOrder(ArrayOrder.F)
                        .withAlias(new AliasSpec("c", 3, ArrayOrder.C, 3, 2)),
                ArraySpec.of("line", FLOAT32, 4).inOrder(ArrayOrder.F),
                ArraySpec.of("scalar", FLOAT32))) {
            assertThatThrownBy(() -> arrays.gather("f", new int[] {0}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("name=f")
                    .hasMessageContaining("order=F; create the array in order C");
            assertThatThrownBy(() -> arrays.scatterAdd("scalar", new int[] {0}, new float[1]))
                    .hasMessageContaining("a scalar has no rows: name=scalar");

            arrays.scatterAdd("line", new int[] {3}, new float[] {1});
            assertThat(arrays.read().get("line")).containsExactly(0, 0, 0, 1);
            arrays.scatterAdd("c", new int[] {2}, new float[] {1, 2}); // elements 3 + 4 and 3 + 5
            assertThat(arrays.read().get("f")).containsExactly(0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0);
            assertThat(arrays.gather("c", new int[] {2, 0})).containsExactly(1, 2, 0, 0);
        }
    }

    @Test
    void shouldHaveATurnPushAllOrderedArrays() {
        try (ShmArrays arrays = segment.create(
                ArraySpec.of("w", FLOAT32, 5, 2).inMode(Mode.ORDERED),
                ArraySpec.of("v", FLOAT32, 5).inMode(Mode.ORDERED))) {
            assertThatThrownBy(() -> arrays.scatterAdd("w", new int[] {4}, new float[] {1, 2}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a turn must push every ORDERED array")
                    .hasMessageContaining("missing=v");
            arrays.skip();
            arrays.update(Map.of("w", new float[10], "v", new float[5]), Updates.add());
            assertThat(arrays.read().get("w")).containsOnly(0);
        }
    }

    @Test
    void shouldRefuseToBeCalledInsideAnUpdateFunction() {
        try (ShmArrays arrays = segment.create(ArraySpec.of("w", FLOAT32, 5))) {
            assertThatThrownBy(() -> arrays.updateElementwise(
                            Map.of("w", new float[5]),
                            (g, gOffset, w, wOffset, n) -> arrays.gather("w", new int[] {0})))
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("called from inside an update function");
        }
    }
}
