package org.shmarrays.nd4j;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Names;

/** Which data type of ND4J an element type is, and which values of another type are taken for it. */
final class ElementTypes {
    private static final Set<DataType> SMALL_INTEGERS =
            Set.of(DataType.INT8, DataType.UINT8, DataType.INT16, DataType.UINT16);
    private static final Set<DataType> SMALL_FLOATS = Set.of(DataType.FLOAT16, DataType.BFLOAT16);

    private static final Map<DataType, Set<DataType>> LOSSLESS = Map.of(
            DataType.INT32, SMALL_INTEGERS,
            DataType.INT64, with(SMALL_INTEGERS, DataType.UINT32, DataType.INT32),
            DataType.FLOAT, with(SMALL_INTEGERS, DataType.FLOAT16, DataType.BFLOAT16),
            DataType.DOUBLE,
                    with(
                            SMALL_INTEGERS,
                            DataType.UINT32,
                            DataType.INT32,
                            DataType.FLOAT16,
                            DataType.BFLOAT16,
                            DataType.FLOAT));

    private ElementTypes() {}

    private static Set<DataType> with(final Set<DataType> some, final DataType... more) {
        final Set<DataType> all = new HashSet<>(some);
        all.addAll(Set.of(more));
        return all;
    }

    /**
     * The element type that holds a data type's values as they are.
     *
     * @throws IllegalArgumentException if there is none
     */
    static ElementType elementType(final String name, final DataType type) {
        for (final ElementType candidate : ElementType.values()) {
            if (stored(candidate) == type) {
                return candidate;
            }
        }
        throw new IllegalArgumentException("arrays of this type can't be shared: name=" + Names.printable(name)
                + ", type=" + type + "; FLOAT, DOUBLE, INT, LONG, HALF and BFLOAT16 can");
    }

    /** The data type of the elements as they lie in shared memory. */
    static DataType stored(final ElementType type) {
        return switch (type) {
            case FLOAT32 -> DataType.FLOAT;
            case FLOAT64 -> DataType.DOUBLE;
            case INT32 -> DataType.INT32;
            case INT64 -> DataType.INT64;
            case FLOAT16 -> DataType.FLOAT16;
            case BFLOAT16 -> DataType.BFLOAT16;
        };
    }

    /** The data type in which the elements are read and calculated with: FLOAT for the 16-bit types. */
    static DataType carried(final ElementType type) {
        final DataType stored = stored(type);
        return SMALL_FLOATS.contains(stored) ? DataType.FLOAT : stored;
    }

    /** True if every value of one type is a value of the other. */
    static boolean isLossless(final DataType from, final DataType to) {
        return from == to || LOSSLESS.getOrDefault(to, Set.of()).contains(from);
    }
}
