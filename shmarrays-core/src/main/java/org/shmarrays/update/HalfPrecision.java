package org.shmarrays.update;

/**
 * Conversion between float32 and the two 16-bit formats, rounding to nearest, ties to even (IEEE 754-2019, 4.3.1).
 * Overflow gives infinity; NaN stays NaN.
 */
public final class HalfPrecision {
    private static final int FLOAT_SIGNIFICAND_BITS = 23;
    private static final int HALF_SIGNIFICAND_BITS = 10;
    private static final int DROPPED_BITS = FLOAT_SIGNIFICAND_BITS - HALF_SIGNIFICAND_BITS;
    private static final int FLOAT_BIAS = 127;
    private static final int HALF_BIAS = 15;
    private static final int HALF_INFINITY = 0x7C00;
    private static final int HALF_NAN = 0x7E00;
    private static final float SMALLEST_HALF = 0x1p-24f;

    private HalfPrecision() {}

    /** The value of a binary16. */
    public static float fromHalf(final short half) {
        final int sign = (half & 0x8000) << 16;
        final int exponent = half >> HALF_SIGNIFICAND_BITS & 0x1F;
        final int significand = half & 0x3FF;
        if (exponent == 0) {
            final float magnitude = significand * SMALLEST_HALF;
            return sign == 0 ? magnitude : -magnitude;
        }
        if (exponent == 0x1F) {
            return Float.intBitsToFloat(sign | 0x7F80_0000 | significand << DROPPED_BITS);
        }
        final int floatExponent = exponent - HALF_BIAS + FLOAT_BIAS;
        return Float.intBitsToFloat(sign | floatExponent << FLOAT_SIGNIFICAND_BITS | significand << DROPPED_BITS);
    }

    /** The nearest binary16. */
    public static short toHalf(final float value) {
        final int bits = Float.floatToRawIntBits(value);
        final int sign = bits >>> 16 & 0x8000;
        final int magnitude = bits & 0x7FFF_FFFF;
        if (magnitude > 0x7F80_0000) {
            return (short) (sign | HALF_NAN);
        }
        final int exponent = (magnitude >> FLOAT_SIGNIFICAND_BITS) - FLOAT_BIAS + HALF_BIAS;
        if (exponent >= 0x1F) {
            return (short) (sign | HALF_INFINITY);
        }
        if (exponent <= 0) {
            // A subnormal half is a multiple of 2^-24: the product is exact, rint rounds to even.
            return (short) (sign | (int) Math.rint(Math.abs(value) / (double) SMALLEST_HALF));
        }
        final int rebased = magnitude - (FLOAT_BIAS - HALF_BIAS << FLOAT_SIGNIFICAND_BITS);
        return (short) (sign | roundToEven(rebased, DROPPED_BITS));
    }

    /** The value of a bfloat16. */
    public static float fromBfloat(final short bfloat) {
        return Float.intBitsToFloat(bfloat << 16);
    }

    /** The nearest bfloat16. */
    public static short toBfloat(final float value) {
        final int bits = Float.floatToRawIntBits(value);
        if (value != value) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits >>> 16 & 0x8000 | roundToEven(bits & 0x7FFF_FFFF, 16));
    }

    /** Drops the lowest bits of a value that is not negative; a carry runs into the exponent, as it must. */
    private static int roundToEven(final int bits, final int dropped) {
        final int half = (1 << dropped - 1) - 1;
        final int odd = bits >> dropped & 1;
        return bits + half + odd >>> dropped;
    }
}
