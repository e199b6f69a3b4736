package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.Buffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

/** State arrays as memory: what updates store there is seen at once, and the other way round. */
class StateViewTest {
    private static final int ELEMENTS = 700; // of float32 three partitions

    private SmallPartitions segments;
    private ShmArrays arrays;

    @BeforeEach
    void create(@TempDir final Path directory) {
        segments = new SmallPartitions(directory);
        arrays = segments.create(
                ArraySpec.of("before", FLOAT32, 3).withState(2),
                ArraySpec.of("w", FLOAT32, ELEMENTS)
                        .withState(2)
                        .withAlias(new AliasSpec("part", 300, ArrayOrder.C, 5)),
                ArraySpec.of("d", FLOAT64, 5).withState(1).inMode(Mode.HOGWILD),
                ArraySpec.of("h0", BFLOAT16, 3).withState(1),
                ArraySpec.of("h", BFLOAT16, 33).withState(1),
                ArraySpec.of("i", INT64, 2).withState(1),
                ArraySpec.of("turns", FLOAT32, 2).withState(1).inMode(Mode.ORDERED));
    }

    @AfterEach
    void remove() {
        arrays.close();
        segments.remove();
    }

    private float[] state(final String name, final int state) {
        final float[] values = new float[arrays.array(name).elementCount()];
        arrays.array(name).readStateInto(state, values);
        return values;
    }

    @Test
    void shouldShowWhatUpdatesStore() {
        final float[] gradient = new float[ELEMENTS];
        Arrays.fill(gradient, 3);
        final FloatBuffer m = (FloatBuffer) arrays.array("w").typedStateView(0);
        final FloatBuffer v = (FloatBuffer) arrays.array("w").typedStateView(1);

        arrays.array("w").update(gradient, Updates.adam(0.1));

        assertThat(m.capacity()).isEqualTo(ELEMENTS);
        assertThat(floats(m)).isEqualTo(state("w", 0));
        assertThat(floats(v)).isEqualTo(state("w", 1));
        assertThat(m.get(ELEMENTS - 1)).isNotZero();
    }

    private static float[] floats(final FloatBuffer buffer) {
        final float[] values = new float[buffer.capacity()];
        buffer.get(0, values);
        return values;
    }

    @Test
    void shouldStoreIntoTheStateOfTheElementsOfAnAlias() {
        ((FloatBuffer) arrays.array("part").typedStateView(1)).put(4, 7);

        assertThat(state("w", 1)[304]).isEqualTo(7);
        assertThat(state("w", 0)).containsOnly(0);
        assertThat(state("before", 1)).containsOnly(0);
        assertThat(arrays.array("part").stateView(1).capacity()).isEqualTo(5 * Float.BYTES);
    }

    @Test
    void shouldGiveFloat32BesideSixteenBits() {
        final FloatBuffer state = (FloatBuffer) arrays.array("h").typedStateView(0);
        final float fine = 1 + 0x1p-20f; // bfloat16 has 8 bits

        state.put(0, fine).put(32, 2);

        assertThat(state.capacity()).isEqualTo(33);
        assertThat(state("h", 0)).startsWith(fine, 0).endsWith(0, 2);
        assertThat(state("h0", 0)).containsOnly(0);
        assertThat(arrays.array("h").typedView()).isInstanceOf(ShortBuffer.class);
    }

    @Test
    void shouldGiveTheStateTypeOfEachElementType() {
        assertThat(arrays.array("d").typedStateView(0)).isInstanceOf(DoubleBuffer.class);
        assertThat(arrays.array("i").typedStateView(0)).isInstanceOf(LongBuffer.class);
        assertThat(arrays.array("d").stateView(0).order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(arrays.array("d").stateView(0).isDirect()).isTrue();
    }

    @Test
    void shouldBeReadOnlyWithoutASlot() {
        final Buffer state;
        try (ShmArrays reader = ShmArrays.attachReadOnly("s", segments.settings())) {
            state = reader.array("d").typedStateView(0);
        }
        ((DoubleBuffer) arrays.array("d").typedStateView(0)).put(2, 5);

        assertThat(state.isReadOnly()).isTrue();
        assertThat(((DoubleBuffer) state).get(2)).isEqualTo(5);
    }

    @Test
    void shouldBeRefusedWhereViewsAre() {
        assertThatThrownBy(() -> arrays.array("turns").stateView(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ORDERED");
        for (final int state : new int[] {-1, 2}) {
            assertThatThrownBy(() -> arrays.array("w").typedStateView(state))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("no such state array", "name=w", "state=" + state, "state arrays=2");
        }
        final ArrayHandle w = arrays.array("w");
        arrays.close();
        assertThatThrownBy(() -> w.stateView(0)).hasMessageContaining("the handle is closed");
    }
}
