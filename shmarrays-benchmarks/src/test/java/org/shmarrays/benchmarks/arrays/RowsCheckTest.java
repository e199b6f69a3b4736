package org.shmarrays.benchmarks.arrays;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A table that is updated call by call on the heap, in float64, against the closed forms; 600 calls go round once. */
final class RowsCheckTest {
    private static final int ROWS = 4096;
    private static final int LENGTH = 2;
    private static final int CALLS = 600;

    private final Draws draws = new Draws(ROWS, LENGTH);

    @ParameterizedTest
    @EnumSource(
            value = RowOp.class,
            names = {"ADD", "ADAGRAD"})
    void shouldAcceptWhatCallsMake(final RowOp op) {
        assertThat(wrongValues(op, false, CALLS, CALLS)).isZero();
        assertThat(wrongValues(op, true, CALLS, CALLS)).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = RowOp.class,
            names = {"ADD", "ADAGRAD"})
    void shouldMissOneCall(final RowOp op) {
        assertThat(wrongValues(op, false, CALLS - 1, CALLS)).isPositive();
    }

    @Test
    void shouldDrawSomeRowsTwiceInACall() {
        final boolean[] repeated = draws.repeated();
        int count = 0;
        for (final boolean isRepeated : repeated) {
            count += isRepeated ? 1 : 0;
        }
        assertThat(count).isPositive();
    }

    @Test
    void shouldCountTheCallsOfAllWorkers() {
        long sum = 0;
        for (final int uses : draws.uses(3, 700)) {
            sum += uses;
        }
        assertThat(sum).isEqualTo(703L * Draws.ROWS_PER_CALL);
    }

    /** Makes calls row by row, as a bare loop does, and says how many values are wrong if it should have been others. */
    private long wrongValues(final RowOp op, final boolean racing, final int calls, final int counted) {
        final double[] w = new double[ROWS * LENGTH];
        final double[] v = new double[ROWS * LENGTH];
        for (int i = 0; i < w.length; i++) {
            w[i] = Values.initial(i);
        }
        final Draws.Turn turn = draws.turn(0, 1);
        for (int call = 0; call < calls; call++) {
            for (final int row : turn.rows()) {
                for (int i = row * LENGTH; i < (row + 1) * LENGTH; i++) {
                    final double g = draws.gradient(row, i % LENGTH);
                    v[i] += g * g;
                    w[i] += op == RowOp.ADD ? g : -g / (64 * Math.sqrt(v[i]));
                }
            }
        }
        return new RowsCheck(op, draws, racing, false, counted).wrongValues((row, into) -> {
            for (int i = 0; i < LENGTH; i++) {
                into[i] = (float) w[row * LENGTH + i];
            }
        });
    }
}
