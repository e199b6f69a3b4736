package org.shmarrays.benchmarks.arrays;

import org.shmarrays.layout.ElementType;

/** Whether the rows of a table are what so many calls make of them: rows that were named often, once, and never. */
final class RowsCheck {
    /** Copies a row of the table into an array. */
    interface Reading {
        void read(int row, float[] into);
    }

    private static final int ROWS_LOOKED_AT = 20_000;

    private final RowOp op;
    private final Draws draws;
    private final boolean racing;
    private final boolean addsUp;
    private final int[] uses;

    /**
     * Of a table.
     *
     * @param racing whether what a worker did may be lost
     * @param addsUp whether a row that is named twice in a call is updated once, by the sum
     */
    RowsCheck(
            final RowOp op,
            final Draws draws,
            final boolean racing,
            final boolean addsUp,
            final long... callsOfWorkers) {
        this.op = op;
        this.draws = draws;
        this.racing = racing;
        this.addsUp = addsUp;
        this.uses = draws.uses(callsOfWorkers);
    }

    /** Gives the number of wrong values, and prints the first. */
    long wrongValues(final Reading reading) {
        final boolean[] repeated = draws.repeated();
        final float[] values = new float[draws.rowLength()];
        final int stride = Math.max(1, draws.rowCount() / ROWS_LOOKED_AT) | 1;
        long wrong = 0;
        for (int row = 0; row < draws.rowCount(); row += stride) {
            // Steps of an optimizer by a sum have other lengths: then all that is known is where they go.
            final boolean isLoose = racing || addsUp && op.stateCount() > 0 && repeated[row];
            final Check check = new Check(op, ElementType.FLOAT32, uses[row], isLoose && uses[row] > 0);
            reading.read(row, values);
            for (int column = 0; column < values.length; column++) {
                final double initial = Values.initial((long) row * values.length + column);
                if (!check.isRight(values[column], initial, draws.gradient(row, column)) && wrong++ == 0) {
                    System.out.println("wrong value: op=" + op.label() + ", row=" + row + ", column=" + column
                            + ", value=" + values[column] + ", initial=" + initial + ", gradient="
                            + draws.gradient(row, column) + ", uses=" + uses[row] + ", racing=" + racing);
                }
            }
        }
        return wrong;
    }
}
