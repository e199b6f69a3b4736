package org.shmarrays.testing;

import org.shmarrays.ShmArrays;

/** What an array of float32 holds. */
public final class ArrayValues {
    private ArrayValues() {}

    /** Its values, and those of its two state arrays, of {@code count} elements each. */
    public static float[][] withTwoStateArrays(final ShmArrays arrays, final String name, final int count) {
        final float[][] values = new float[3][count];
        arrays.array(name).readInto(values[0]);
        arrays.array(name).readStateInto(0, values[1]);
        arrays.array(name).readStateInto(1, values[2]);
        return values;
    }
}
