package org.shmarrays.benchmarks.arrays;

import java.util.function.IntToDoubleFunction;
import org.shmarrays.layout.ElementType;

/**
 * Whether the values are what so many passes make of the initial ones. Where passes may be lost, by racing workers, an
 * element must have gone some of the way, and not beyond.
 *
 * @param racing whether passes may be lost
 * @param slack how far beyond a racing element may be: BLAS scales and adds in two steps, and half of a pass may get lost
 */
record Check(Effect op, ElementType type, long passes, boolean racing, double slack) {
    /** Of passes each of which is one step for an element. */
    Check(final Effect op, final ElementType type, final long passes, final boolean racing) {
        this(op, type, passes, racing, 0);
    }

    private static final double ABSOLUTE = 1e-5;
    private static final double OF_THE_WAY = 2e-3;

    /** Looks at elements of an array; the first of them has the index {@code first} in the set. Gives the number of wrong ones. */
    long wrongValues(final IntToDoubleFunction values, final long first, final int count) {
        final int stride = count > 1_000_000 ? 7 : 1;
        long wrong = 0;
        for (int i = 0; i < count; i += stride) {
            if (!isRight(values.applyAsDouble(i), Values.initial(first + i), Values.gradient(first + i))) {
                if (wrong++ == 0) {
                    report(values.applyAsDouble(i), first + i);
                }
            }
        }
        return wrong;
    }

    boolean isRight(final double value, final double initial, final double gradient) {
        final double expected = op.expected(initial, gradient, passes);
        final double way = expected - initial;
        final double roundings = passes * Math.max(Math.abs(initial), Math.abs(expected)) * roundingError();
        final double tolerance = ABSOLUTE + OF_THE_WAY * Math.abs(way) + roundings;
        if (!racing) {
            return Math.abs(value - expected) <= tolerance;
        }
        final double gone = (value - initial) * Math.signum(way);
        return gone >= -tolerance - slack
                && gone <= op.mostOfARace() * Math.abs(way) + tolerance + slack
                && (value != initial || mayHaveComeBack(way, tolerance));
    }

    /** An average that was raced for in two steps may be where it began, if it began about where it goes. */
    private boolean mayHaveComeBack(final double way, final double tolerance) {
        return way == 0 || op == ArrayOp.EMA && slack > 0 && Math.abs(way) <= tolerance + slack;
    }

    private double roundingError() {
        return type == ElementType.FLOAT32 ? 0x1p-23 : 0x1p-52;
    }

    private void report(final double value, final long index) {
        System.out.println("wrong value: op=" + op.label() + ", index=" + index + ", value=" + value + ", initial="
                + Values.initial(index) + ", gradient=" + Values.gradient(index) + ", passes=" + passes + ", expected="
                + op.expected(Values.initial(index), Values.gradient(index), passes) + ", racing=" + racing);
    }
}
