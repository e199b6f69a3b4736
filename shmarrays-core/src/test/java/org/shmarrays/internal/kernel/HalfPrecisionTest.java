package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
    private static final long SEED = 577_215;

    /** IEEE 754-2019, 3.4: the value of a binary16 by its definition. */
    private static double halfByDefinition(final int bits) {
        final int exponent = bits >> 10 & 0x1F;
        final int significand = bits & 0x3FF;
        final double magnitude = exponent == 0
                ? significand * Math.pow(2, -24)
                : (1 + significand / 1024.0) * Math.pow(2, exponent - 15);
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }

    @Test
    void shouldConvertEveryHalfThereAndBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            final float value = HalfPrecision.fromHalf((short) bits);
            if ((bits & 0x7C00) == 0x7C00) {
                if ((bits & 0x3FF) == 0) {
                    assertThat(value)
                            .isEqualTo((bits & 0x8000) == 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY);
                } else {
                    assertThat(value).isNaN();
                    assertThat(HalfPrecision.fromHalf(HalfPrecision.toHalf(value)))
                            .isNaN();
                    continue;
                }
            } else {
                assertThat(Double.doubleToRawLongBits(value))
                        .as("half %x", bits)
                        .isEqualTo(Double.doubleToRawLongBits(halfByDefinition(bits)));
            }
            assertThat(HalfPrecision.toHalf(value)).as("half %x", bits).isEqualTo((short) bits);
        }
    }

    @Test
    void shouldConvertEveryBfloatThereAndBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            final float value = HalfPrecision.fromBfloat((short) bits);
            assertThat(Float.floatToRawIntBits(value)).isEqualTo(bits << 16);
            if (Float.isNaN(value)) {
                assertThat(HalfPrecision.fromBfloat(HalfPrecision.toBfloat(value)))
                        .isNaN();
            } else {
                assertThat(HalfPrecision.toBfloat(value)).isEqualTo((short) bits);
            }
        }
    }

    /** Halves between each two neighbours: the middle goes to the even one, what lies beside it to the nearer one. */
    @Test
    void shouldRoundToNearestTiesToEven() {
        for (int bits = 0; bits < 0x7C00 - 1; bits++) {
            final float lower = HalfPrecision.fromHalf((short) bits);
            final float upper = HalfPrecision.fromHalf((short) (bits + 1));
            final float middle = (lower + upper) / 2;
            final int even = (bits & 1) == 0 ? bits : bits + 1;
            assertThat(HalfPrecision.toHalf(middle)).isEqualTo((short) even);
            assertThat(HalfPrecision.toHalf(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(HalfPrecision.toHalf(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
            assertThat(HalfPrecision.toHalf(-middle)).isEqualTo((short) (even | 0x8000));
        }
        for (int bits = 0; bits < 0x7F80 - 1; bits++) {
            final float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
            final int even = (bits & 1) == 0 ? bits : bits + 1;
            assertThat(HalfPrecision.toBfloat(middle)).isEqualTo((short) even);
            assertThat(HalfPrecision.toBfloat(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(HalfPrecision.toBfloat(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
            assertThat(HalfPrecision.toBfloat(-middle)).isEqualTo((short) (even | 0x8000));
        }
    }

    @Test
    void shouldOverflowToInfinity() {
        // The largest half is 65504; half a step above it is 65520, which ties to the even one: infinity.
        assertThat(HalfPrecision.toHalf(65_504)).isEqualTo((short) 0x7BFF);
        assertThat(HalfPrecision.toHalf(Math.nextDown(65_520f))).isEqualTo((short) 0x7BFF);
        assertThat(HalfPrecision.toHalf(65_520)).isEqualTo((short) 0x7C00);
        assertThat(HalfPrecision.toHalf(-1e10f)).isEqualTo((short) 0xFC00);
        assertThat(HalfPrecision.toHalf(Float.MAX_VALUE)).isEqualTo((short) 0x7C00);
        assertThat(HalfPrecision.toHalf(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xFC00);
        assertThat(HalfPrecision.toBfloat(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
        assertThat(HalfPrecision.toBfloat(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7F80);
    }

    @Test
    void shouldUnderflowToZeroOfTheSameSign() {
        // Half of the smallest half, 2^-25, ties to 0.
        assertThat(HalfPrecision.toHalf(0x1p-25f)).isEqualTo((short) 0);
        assertThat(HalfPrecision.toHalf(Math.nextUp(0x1p-25f))).isEqualTo((short) 1);
        assertThat(HalfPrecision.toHalf(-0x1p-25f)).isEqualTo((short) 0x8000);
        assertThat(HalfPrecision.toHalf(Float.MIN_VALUE)).isEqualTo((short) 0);
        assertThat(HalfPrecision.toHalf(-0f)).isEqualTo((short) 0x8000);
        assertThat(HalfPrecision.toBfloat(-0f)).isEqualTo((short) 0x8000);
        assertThat(HalfPrecision.toBfloat(Float.MIN_VALUE)).isEqualTo((short) 0);
    }

    @Test
    void shouldKeepNotANumber() {
        final int[] patterns = {0x7FC0_0000, 0x7F80_0001, 0xFF80_0001, 0x7F80_FFFF, 0xFFFF_FFFF, 0x7FBF_FFFF};
        for (final int pattern : patterns) {
            final float nan = Float.intBitsToFloat(pattern);
            assertThat(HalfPrecision.fromHalf(HalfPrecision.toHalf(nan))).isNaN();
            assertThat(HalfPrecision.fromBfloat(HalfPrecision.toBfloat(nan))).isNaN();
        }
    }

    /** Against exact arithmetic: no other half is nearer. */
    @Test
    void shouldChooseTheNearestHalfOfRandomFloats() {
        System.out.println("HalfPrecisionTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            final float value =
                    Float.intBitsToFloat(random.nextInt() & 0x8000_0000 | 0x3300_0000 + random.nextInt(0x1470_0000));
            final int bits = HalfPrecision.toHalf(value) & 0xFFFF;
            final BigDecimal error = distance(value, bits);
            if ((bits & 0x7FFF) > 0) {
                assertThat(error).isLessThanOrEqualTo(distance(value, bits - 1));
            }
            if ((bits & 0x7FFF) < 0x7BFF) {
                assertThat(error).isLessThanOrEqualTo(distance(value, bits + 1));
            }
        }
    }

    private static BigDecimal distance(final float value, final int bits) {
        return new BigDecimal(value)
                .subtract(new BigDecimal(halfByDefinition(bits)))
                .abs();
    }
}
