package org.shmarrays.layout;

/**
 * The type of an array's elements as they lie in shared memory, with the Java array that carries its values.
 *
 * <p>{@link #FLOAT16} and {@link #BFLOAT16} are storage types: arithmetic is done in float32, and a value is rounded
 * when it is stored, as the array's {@link Rounding} says. Their optimizer state is float32.
 */
public enum ElementType {
    /** IEEE 754 binary32. */
    FLOAT32(1, 4, float[].class),
    /** IEEE 754 binary64. */
    FLOAT64(2, 8, double[].class),
    /** Two's complement, 32 bits. */
    INT32(3, 4, int[].class),
    /** Two's complement, 64 bits. */
    INT64(4, 8, long[].class),
    /** IEEE 754 binary16, carried by float[]. */
    FLOAT16(5, 2, float[].class, FLOAT32),
    /** The upper half of a binary32, carried by float[]. */
    BFLOAT16(6, 2, float[].class, FLOAT32);

    private final int code;
    private final int sizeBytes;
    private final Class<?> carrier;
    private final ElementType stateType;

    ElementType(final int code, final int sizeBytes, final Class<?> carrier) {
        this(code, sizeBytes, carrier, null);
    }

    /** A type with optimizer state of another type; null stands for its own. */
    ElementType(final int code, final int sizeBytes, final Class<?> carrier, final ElementType stateType) {
        this.code = code;
        this.sizeBytes = sizeBytes;
        this.carrier = carrier;
        this.stateType = stateType;
    }

    /** The code in the array table; never reused for another type. */
    public int code() {
        return code;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    /** The class of the Java arrays which values of this type are read into and written from. */
    public Class<?> carrier() {
        return carrier;
    }

    public boolean isFloatingPoint() {
        return carrier == float[].class || carrier == double[].class;
    }

    /** The type of an array's optimizer state: float32 for the 16-bit types, whose precision loses sums and decay. */
    public ElementType stateType() {
        return stateType == null ? this : stateType;
    }

    /**
     * The type with this code.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ElementType ofCode(final int code) {
        for (final ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new IllegalArgumentException("unknown element type: code=" + code);
    }
}
