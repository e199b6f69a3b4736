package org.shmarrays.internal.kernel;

import org.shmarrays.layout.ElementType;

/** The {@link ElementAccess} of each element type. */
public final class ElementAccesses {
    private static final ElementAccess<?>[] BY_TYPE = new ElementAccess<?>[ElementType.values().length];

    static {
        for (final ElementType type : ElementType.values()) {
            BY_TYPE[type.ordinal()] = switch (type) {
                case FLOAT32 -> FloatAccess.INSTANCE;
                case FLOAT64 -> DoubleAccess.INSTANCE;
                case INT32 -> IntAccess.INSTANCE;
                case INT64 -> LongAccess.INSTANCE;
                case FLOAT16 -> HalfAccess.FLOAT16;
                case BFLOAT16 -> HalfAccess.BFLOAT16;
            };
        }
    }

    private ElementAccesses() {}

    /** The access for a type; its carrier is {@link ElementType#carrier()}. */
    public static ElementAccess<?> of(final ElementType type) {
        return BY_TYPE[type.ordinal()];
    }
}
