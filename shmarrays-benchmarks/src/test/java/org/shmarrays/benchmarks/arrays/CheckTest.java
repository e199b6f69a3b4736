package org.shmarrays.benchmarks.arrays;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.layout.ElementType;

/** The closed forms against the updates' own formulas, pass by pass, in float64. */
final class CheckTest {
    private static final double INITIAL = 0.25;
    private static final double GRADIENT = -0.75;
    private static final int PASSES = 10;

    @ParameterizedTest
    @EnumSource(ArrayOp.class)
    void shouldAcceptWhatTheUpdateMakes(final ArrayOp op) {
        assertThat(check(op, PASSES, false).isRight(after(op, PASSES), INITIAL, GRADIENT))
                .isTrue();
        assertThat(check(op, PASSES, true).isRight(after(op, PASSES), INITIAL, GRADIENT))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = ArrayOp.class,
            names = {"READ", "WRITE"},
            mode = EnumSource.Mode.EXCLUDE)
    void shouldMissOnePass(final ArrayOp op) {
        final double value = after(op, PASSES - 1);
        assertThat(check(op, PASSES, false).isRight(value, INITIAL, GRADIENT)).isFalse();
        assertThat(check(op, PASSES, true).isRight(value, INITIAL, GRADIENT)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = ArrayOp.class,
            names = {"READ"},
            mode = EnumSource.Mode.EXCLUDE)
    void shouldRefuseWhatDidNotMove(final ArrayOp op) {
        assertThat(check(op, PASSES, true).isRight(INITIAL, INITIAL, GRADIENT)).isFalse();
        assertThat(check(op, PASSES, false).isRight(INITIAL, INITIAL, GRADIENT)).isFalse();
    }

    @Test
    void shouldAcceptAnAverageThatARaceLedBackToWhereItBegan() {
        final Check bare = new Check(ArrayOp.EMA, ElementType.FLOAT32, PASSES, true, 0.5);
        assertThat(bare.isRight(INITIAL, INITIAL, INITIAL + 0.002)).isTrue();
        assertThat(bare.isRight(INITIAL, INITIAL, INITIAL + 2)).isFalse();
        assertThat(new Check(ArrayOp.EMA, ElementType.FLOAT32, PASSES, true).isRight(INITIAL, INITIAL, INITIAL + 0.002))
                .isFalse();
    }

    @Test
    void shouldCountWrongValues() {
        final Check check = check(ArrayOp.READ, 1, false);
        assertThat(check.wrongValues(Values::initial, 0, 100)).isZero();
        assertThat(check.wrongValues(i -> i == 42 ? 9 : Values.initial(i), 0, 100))
                .isOne();
    }

    @Test
    void shouldDrawNoZeros() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(Math.abs(Values.gradient(i))).isBetween(1.0 / 16, 17.0 / 16);
            assertThat(Values.initial(i)).isBetween(-0.5, 0.5);
        }
        assertThat(Values.initial(1)).isNotEqualTo(Values.initial(2));
    }

    private static Check check(final ArrayOp op, final long passes, final boolean racing) {
        return new Check(op, ElementType.FLOAT64, passes, racing);
    }

    private static double after(final ArrayOp op, final int passes) {
        double w = INITIAL;
        double m = 0;
        double v = 0;
        for (int t = 1; t <= passes; t++) {
            switch (op) {
                case READ -> w = INITIAL;
                case WRITE -> w = GRADIENT;
                case EMA -> w = 0.9 * w + 0.1 * GRADIENT;
                case SGD -> w -= GRADIENT / 4096;
                case MOMENTUM -> {
                    m = 0.9 * m + GRADIENT;
                    w -= m / 65536;
                }
                case ADAM -> {
                    m = 0.9 * m + 0.1 * GRADIENT;
                    v = 0.999 * v + 0.001 * GRADIENT * GRADIENT;
                    w -= m / (1 - Math.pow(0.9, t)) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + 1e-8) / 65536;
                }
            }
        }
        return w;
    }
}
