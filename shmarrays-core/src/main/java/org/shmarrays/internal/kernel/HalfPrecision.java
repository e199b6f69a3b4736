package org.shmarrays.internal.kernel;

/**
 * Conversion between float32 and the two 16-bit formats, rounding to nearest, ties to even (IEEE 754-2019, 4.3.1), or
 * stochastically: to the neighbour below or above, with the probabilities that make the mean of the results the value
 * itself. Overflow gives infinity; NaN stays NaN. Stochastic rounding is to nearest above the greatest finite value, so
 * that it is never chance that makes an infinity.
 */
public final class HalfPrecision {
    private static final int FLOAT_SIGNIFICAND_BITS = 23;
    private static final int HALF_SIGNIFICAND_BITS = 10;
    private static final int DROPPED_BITS = FLOAT_SIGNIFICAND_BITS - HALF_SIGNIFICAND_BITS;
    private static final int FLOAT_BIAS = 127;
    private static final int HALF_BIAS = 15;
    private static final int HALF_INFINITY = 0x7C00;
    private static final int HALF_NAN = 0x7E00;
    private static final float GREATEST_HALF = 65504;
    private static final int GREATEST_BFLOAT_BITS = 0x7F7F_0000;
    private static final float SMALLEST_HALF = 0x1p-24f;
    private static final double RANDOM_UNIT = 0x1p-53;

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

    /**
     * A neighbouring binary16, the upper one with the probability of the value's distance from the lower one, in units
     * of that of the two: exactly, and below 2^-53 of that unit with 2^-53.
     *
     * @param random 64 bits, each of them 1 with probability 1/2, independent of each other
     */
    public static short toHalf(final float value, final long random) {
        final float magnitude = Math.abs(value);
        if (!(magnitude < GREATEST_HALF)) {
            return toHalf(value);
        }
        final int bits = Float.floatToRawIntBits(magnitude);
        final int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
        final int rebased = bits - (FLOAT_BIAS - HALF_BIAS << FLOAT_SIGNIFICAND_BITS);
        if (rebased >= 1 << FLOAT_SIGNIFICAND_BITS) {
            return (short) (sign | rebased + (int) (random >>> Long.SIZE - DROPPED_BITS) >>> DROPPED_BITS);
        }
        // A subnormal half is a multiple of 2^-24. A float may have all of its bits below that, so they can't be added
        // to.
        final double units = magnitude / (double) SMALLEST_HALF;
        final int below = (int) units;
        final boolean up = (random >>> Long.SIZE - 53) * RANDOM_UNIT < units - below;
        return (short) (sign | (up ? below + 1 : below));
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

    /**
     * A neighbouring bfloat16, the upper one with the probability of the value's distance from the lower one, in units
     * of that of the two.
     *
     * @param random 64 bits, each of them 1 with probability 1/2, independent of each other
     */
    public static short toBfloat(final float value, final long random) {
        final int bits = Float.floatToRawIntBits(value);
        final int magnitude = bits & 0x7FFF_FFFF;
        if (magnitude >= GREATEST_BFLOAT_BITS) {
            return toBfloat(value);
        }
        return (short) (bits >>> 16 & 0x8000 | magnitude + (int) (random >>> Long.SIZE - 16) >>> 16);
    }

    /** Drops the lowest bits of a value that is not negative; a carry runs into the exponent, as it must. */
    private static int roundToEven(final int bits, final int dropped) {
        final int half = (1 << dropped - 1) - 1;
        final int odd = bits >> dropped & 1;
        return bits + half + odd >>> dropped;
    }
}
