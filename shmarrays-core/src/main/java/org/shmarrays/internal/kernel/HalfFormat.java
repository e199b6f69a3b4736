package org.shmarrays.internal.kernel;

/** The two formats of 16 bits, with the conversions of {@link HalfPrecision}. */
enum HalfFormat {
    FLOAT16 {
        @Override
        float decode(final short bits) {
            return HalfPrecision.fromHalf(bits);
        }

        @Override
        short encode(final float value) {
            return HalfPrecision.toHalf(value);
        }

        @Override
        short encode(final float value, final long random) {
            return HalfPrecision.toHalf(value, random);
        }
    },

    BFLOAT16 {
        @Override
        float decode(final short bits) {
            return HalfPrecision.fromBfloat(bits);
        }

        @Override
        short encode(final float value) {
            return HalfPrecision.toBfloat(value);
        }

        @Override
        short encode(final float value, final long random) {
            return HalfPrecision.toBfloat(value, random);
        }
    };

    abstract float decode(short bits);

    /** The nearest one. */
    abstract short encode(float value);

    /** One of the two neighbours, by random bits. */
    abstract short encode(float value, long random);
}
