package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounding by random bits: to a neighbour, and to each as often as the mean wants it. */
class StochasticRoundingTest {
    private static final long SEED = 16_180;

    /** Evenly spaced random numbers in place of drawn ones: the share of those that round up is then exact. */
    private static final int STRATA_BITS = 16;

    /** The 16-bit formats, by their bits without sign. */
    enum Format {
        FLOAT16(0x7C00) {
            @Override
            short round(final float value, final long random) {
                return HalfPrecision.toHalf(value, random);
            }

            @Override
            short nearest(final float value) {
                return HalfPrecision.toHalf(value);
            }

            @Override
            float value(final int bits) {
                return HalfPrecision.fromHalf((short) bits);
            }
        },
        BFLOAT16(0x7F80) {
            @Override
            short round(final float value, final long random) {
                return HalfPrecision.toBfloat(value, random);
            }

            @Override
            short nearest(final float value) {
                return HalfPrecision.toBfloat(value);
            }

            @Override
            float value(final int bits) {
                return HalfPrecision.fromBfloat((short) bits);
            }
        };

        private final int infinity;

        Format(final int infinity) {
            this.infinity = infinity;
        }

        abstract short round(float value, long random);

        abstract short nearest(float value);

        abstract float value(int bits);
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldKeepEveryValueOfTheFormat(final Format format) {
        final Random random = new Random(SEED);
        for (int bits = 0; bits < 1 << 16; bits++) {
            final float value = format.value(bits);
            for (final long drawn : new long[] {0, -1, random.nextLong()}) {
                if (Float.isNaN(value)) {
                    assertThat(format.value(format.round(value, drawn))).isNaN();
                } else {
                    assertThat(format.round(value, drawn)).as("%x", bits).isEqualTo((short) bits);
                }
            }
        }
    }

    /** Between each two neighbours, of both signs, subnormal ones too: the share that goes up is the distance. */
    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldRoundUpAsOftenAsTheMeanWants(final Format format) {
        System.out.println("StochasticRoundingTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int round = 0; round < 300; round++) {
            final int lower = round < 3 ? round : random.nextInt(format.infinity - 1);
            final float from = format.value(lower);
            final float to = format.value(lower + 1);
            final float between = from + random.nextFloat() * (to - from);
            final float value = random.nextBoolean() ? between : -between;
            final int sign = value < 0 ? 0x8000 : 0;
            int up = 0;
            for (long stratum = 0; stratum < 1 << STRATA_BITS; stratum++) {
                // The middle of the stratum, so that bits below those that are used don't matter.
                final long drawn = stratum << Long.SIZE - STRATA_BITS | 1L << Long.SIZE - STRATA_BITS - 1;
                final int rounded = format.round(value, drawn) & 0xFFFF;
                if (rounded == (lower + 1 | sign)) {
                    up++;
                } else {
                    assertThat(rounded).as("%s of %s", format, value).isEqualTo(lower | sign);
                }
            }
            final double wanted = exactShare(between, from, to);
            assertThat(up / (double) (1 << STRATA_BITS))
                    .as("%s of %s", format, value)
                    .isCloseTo(wanted, offset(1.0 / (1 << STRATA_BITS)));
        }
    }

    private static double exactShare(final float value, final float from, final float to) {
        return new BigDecimal(value)
                .subtract(new BigDecimal(from))
                .divide(new BigDecimal(to).subtract(new BigDecimal(from)), MathContext.DECIMAL64)
                .doubleValue();
    }

    /** Chance must not make an infinity of what is nearer to a finite value, nor a finite value of an infinity. */
    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldRoundToNearestAboveTheGreatestFiniteValue(final Format format) {
        final float greatest = format.value(format.infinity - 1);
        final float step = greatest - format.value(format.infinity - 2);
        final float[] values = {
            greatest,
            Math.nextUp(greatest),
            greatest + step / 4,
            Math.nextDown(greatest + step / 2),
            greatest + step / 2,
            greatest + step * 0.75f,
            Float.MAX_VALUE,
            Float.POSITIVE_INFINITY
        };
        for (final float value : values) {
            for (final long drawn : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
                assertThat(format.round(value, drawn)).isEqualTo(format.nearest(value));
                assertThat(format.round(-value, drawn)).isEqualTo(format.nearest(-value));
            }
        }
        assertThat(format.value(format.round(greatest + step * 0.75f, 0))).isInfinite();
    }

    /** What is far below the smallest value of the format goes to 0 of its sign, and hardly ever to that value. */
    @ParameterizedTest
    @EnumSource(Format.class)
    void shouldUnderflowToZeroOrTheSmallestValueOfTheSameSign(final Format format) {
        for (final float value : new float[] {Float.MIN_VALUE, format.value(1) / 8}) {
            assertThat(format.round(value, 0)).isEqualTo((short) (format == Format.FLOAT16 ? 1 : 0));
            assertThat(format.round(value, 1L << 62)).isEqualTo((short) 0);
            assertThat(format.round(-value, 1L << 62)).isEqualTo((short) 0x8000);
        }
        assertThat(format.round(-0f, -1)).isEqualTo((short) 0x8000);
        assertThat(format.round(0f, -1)).isEqualTo((short) 0);
    }
}
