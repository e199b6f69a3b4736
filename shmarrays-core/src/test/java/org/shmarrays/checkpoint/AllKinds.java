package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.lang.reflect.Array;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;

/** Arrays of all types, modes, orders and odd names, and what a checkpoint of them must keep. */
final class AllKinds {
    private AllKinds() {}

    static List<ArraySpec> specs() {
        return List.of(
                ArraySpec.of("dense/W", FLOAT32, 300, 20)
                        .withState(2)
                        .withAlias(new AliasSpec("0_W", 100, ArrayOrder.F, 10, 30)),
                ArraySpec.of("f", FLOAT64, 7, 11).inOrder(ArrayOrder.F).inMode(Mode.HOGWILD),
                ArraySpec.of("../i", INT32, 5).inMode(Mode.ATOMIC),
                ArraySpec.of("größe \"x\\", INT64, 2, 3, 4),
                ArraySpec.of("half", FLOAT16, 9).withState(1),
                ArraySpec.of("brain", BFLOAT16, 3, 3),
                ArraySpec.of("buckwild", BFLOAT16, 70, 30)
                        .withState(2)
                        .inOrder(ArrayOrder.F)
                        .withRounding(Rounding.stochastic(Long.MIN_VALUE + 3)),
                ArraySpec.of("scalar", FLOAT32),
                ArraySpec.of("turns", FLOAT32, 6).inMode(Mode.ORDERED));
    }

    /** Values that are exact in each type. */
    static Map<String, Object> values(final int from) {
        final Map<String, Object> values = new LinkedHashMap<>();
        for (final ArraySpec spec : specs()) {
            final Object array =
                    Array.newInstance(spec.elementType().carrier().getComponentType(), spec.elementCount());
            for (int i = 0; i < spec.elementCount(); i++) {
                final int value = (from + i) % 97;
                if (array instanceof float[] floats) {
                    floats[i] = value;
                } else if (array instanceof double[] doubles) {
                    doubles[i] = value + 0.1;
                } else if (array instanceof int[] ints) {
                    ints[i] = -value;
                } else {
                    ((long[]) array)[i] = (1L << 40) + value;
                }
            }
            values.put(spec.name(), array);
        }
        return values;
    }

    /** Values and state arrays. */
    static void assertSameValues(final ShmArrays restored, final ShmArrays original) {
        final Map<String, Object> expected = original.read(Object.class);
        restored.read(Object.class)
                .forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
        for (final ArraySpec spec : original.specs()) {
            for (int k = 0; k < spec.stateCount(); k++) {
                assertThat(state(restored, spec.name(), k)).isEqualTo(state(original, spec.name(), k));
            }
        }
    }

    private static float[] state(final ShmArrays arrays, final String name, final int k) {
        final float[] state = new float[arrays.array(name).elementCount()];
        arrays.array(name).readStateInto(k, state);
        return state;
    }
}
