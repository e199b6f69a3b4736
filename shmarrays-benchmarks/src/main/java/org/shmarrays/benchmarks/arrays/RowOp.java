package org.shmarrays.benchmarks.arrays;

import java.util.List;
import org.shmarrays.ArrayHandle;
import org.shmarrays.benchmarks.loops.SparseLoops;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** What is done with the rows of a call. */
public enum RowOp implements Effect {
    GATHER("rows-gather", 0, Mode.HOGWILD, Mode.LOCKED) {
        @Override
        Runnable pass(final ArrayHandle table, final Draws.Turn turn, final float[] buffer) {
            return () -> table.gather(turn.rows(), buffer);
        }

        @Override
        Runnable limitPass(final SparseLoops loops, final Draws.Turn turn, final float[] buffer) {
            return () -> loops.gather(turn.rows(), buffer);
        }

        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            return initial;
        }
    },

    ADD("rows-add", 0, Mode.HOGWILD, Mode.ATOMIC, Mode.LOCKED) {
        @Override
        Runnable pass(final ArrayHandle table, final Draws.Turn turn, final float[] buffer) {
            return () -> table.scatterAdd(turn.rows(), buffer);
        }

        @Override
        Runnable limitPass(final SparseLoops loops, final Draws.Turn turn, final float[] buffer) {
            return () -> loops.add(turn.rows(), buffer);
        }

        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            return initial + passes * gradient;
        }
    },

    ADAGRAD("rows-adagrad", 1, Mode.HOGWILD, Mode.LOCKED) {
        private static final double LEARNING_RATE = 1.0 / 64;
        private static final double EPSILON = 1e-10;

        @Override
        Runnable pass(final ArrayHandle table, final Draws.Turn turn, final float[] buffer) {
            final UpdateFunction adagrad = Updates.adaGrad(LEARNING_RATE, EPSILON);
            return () -> table.scatterUpdate(turn.rows(), buffer, adagrad);
        }

        @Override
        Runnable limitPass(final SparseLoops loops, final Draws.Turn turn, final float[] buffer) {
            return () -> loops.adagrad(turn.rows(), buffer, LEARNING_RATE, EPSILON);
        }

        /** With a gradient that stays the same, step k is as long as the rate by the root of k. */
        @Override
        public double expected(final double initial, final double gradient, final double passes) {
            double steps = 0;
            for (int k = 1; k <= passes; k++) {
                steps += 1 / Math.sqrt(k);
            }
            return initial - LEARNING_RATE * Math.signum(gradient) * steps;
        }

        /** Lost updates of the state array make the steps longer. */
        @Override
        public double mostOfARace() {
            return 20;
        }
    };

    private final String label;
    private final int stateCount;
    private final List<Mode> modes;

    RowOp(final String label, final int stateCount, final Mode... modes) {
        this.label = label;
        this.stateCount = stateCount;
        this.modes = List.of(modes);
    }

    @Override
    public String label() {
        return label;
    }

    int stateCount() {
        return stateCount;
    }

    /** In which it is measured. */
    List<Mode> modes() {
        return modes;
    }

    /** A call through the library; {@code buffer} takes rows, or has what is pushed. */
    abstract Runnable pass(ArrayHandle table, Draws.Turn turn, float[] buffer);

    /** The same of a bare loop. */
    abstract Runnable limitPass(SparseLoops loops, Draws.Turn turn, float[] buffer);
}
