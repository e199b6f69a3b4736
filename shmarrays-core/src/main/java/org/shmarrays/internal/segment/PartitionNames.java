package org.shmarrays.internal.segment;

import java.util.ArrayList;
import java.util.List;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.SegmentLayout;

/** Names of the arrays in a partition, as messages give them. */
final class PartitionNames {
    private static final int MOST = 5;

    private PartitionNames() {}

    static String of(final SegmentLayout layout, final int partition) {
        final int[] arrays = layout.arraysOf(partition);
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < arrays.length && i < MOST; i++) {
            names.add(Printable.text(layout.arrays().get(arrays[i]).spec().name()));
        }
        if (arrays.length > MOST) {
            names.add("… (" + (arrays.length - MOST) + " more)");
        }
        return names.toString();
    }
}
