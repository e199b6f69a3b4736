package org.shmarrays.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Names;

/**
 * The arrays and aliases of a handle by their names, and maps of INDArrays as the core takes them. For the handle's
 * thread.
 */
final class SharedArrays {
    private final ShmArrays arrays;
    private final Transfer transfer;
    private final Map<String, SharedArray> known = new HashMap<>();

    SharedArrays(final ShmArrays arrays, final Transfer transfer) {
        this.arrays = arrays;
        this.transfer = transfer;
    }

    /** As of {@link Nd4jArrays#specs}. */
    static List<ArraySpec> specs(final Map<String, INDArray> values) {
        final List<ArraySpec> specs = new ArrayList<>();
        values.forEach((name, value) -> specs.add(spec(name, value)));
        return specs;
    }

    private static ArraySpec spec(final String name, final INDArray value) {
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(
                    "the array is " + (value == null ? "null" : "empty") + ": name=" + Names.printable(name));
        }
        final long[] shape = value.shape();
        final int[] dimensions = new int[shape.length];
        for (int d = 0; d < shape.length; d++) {
            if (shape[d] > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("an array must be smaller than 2 GiB: name=" + Names.printable(name)
                        + ", shape=" + Arrays.toString(shape) + "; split it into several arrays");
            }
            dimensions[d] = (int) shape[d];
        }
        final boolean columnMajor = value.ordering() == 'f' && !SharedArray.lies(value, 'c');
        return ArraySpec.of(name, ElementTypes.elementType(name, value.dataType()), dimensions)
                .inOrder(columnMajor ? ArrayOrder.F : ArrayOrder.C);
    }

    /**
     * An array or alias.
     *
     * @throws IllegalArgumentException if the segment has none of this name
     */
    SharedArray of(final String name) {
        final SharedArray there = known.get(name);
        if (there != null) {
            return there;
        }
        final SharedArray found = new SharedArray(arrays.array(name));
        known.put(name, found);
        return found;
    }

    /**
     * What the core takes for INDArrays that are written or pushed.
     *
     * @param what as messages call them
     * @throws IllegalArgumentException if one has not its array's shape, or a type that would lose something
     */
    Map<String, Object> sources(final String what, final Map<String, INDArray> values) {
        final Map<String, Object> sources = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            final SharedArray array = of(name);
            array.checkSource(what, value);
            sources.put(name, transfer.source(array, value));
        });
        return sources;
    }

    /** What the core takes for INDArrays that are read into. Errors as of {@link #sources}. */
    Map<String, Object> destinations(final Map<String, INDArray> into) {
        final Map<String, Object> destinations = new LinkedHashMap<>();
        into.forEach((name, value) -> {
            final SharedArray array = of(name);
            array.checkDestination(value);
            destinations.put(name, transfer.destination(array, value));
        });
        return destinations;
    }
}
