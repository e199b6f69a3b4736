package org.shmarrays.testing;

import java.lang.reflect.Array;
import org.shmarrays.layout.ElementType;

/** The arrays that values of an element type are carried in, whichever type it is: float[], double[], int[] or long[]. */
public final class Carriers {
    private Carriers() {}

    public static Object filled(final ElementType type, final int count, final int value) {
        final Object array = Array.newInstance(type.carrier().getComponentType(), count);
        for (int i = 0; i < count; i++) {
            set(array, i, value);
        }
        return array;
    }

    public static void set(final Object array, final int i, final int value) {
        if (array instanceof float[] floats) {
            floats[i] = value;
        } else if (array instanceof double[] doubles) {
            doubles[i] = value;
        } else if (array instanceof int[] ints) {
            ints[i] = value;
        } else {
            ((long[]) array)[i] = value;
        }
    }

    public static double get(final Object array, final int i) {
        return ((Number) Array.get(array, i)).doubleValue();
    }
}
