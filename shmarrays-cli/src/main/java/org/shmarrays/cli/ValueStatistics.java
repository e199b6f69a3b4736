package org.shmarrays.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.shmarrays.internal.kernel.ElementAccess;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.ElementType;

/**
 * Figures of the values of an array, taken in pieces, in double precision. NaN and infinities are counted and left out of
 * everything else. No sum overflows: a piece whose values are large or small is scaled by a power of two, the mean is a weighted
 * mean of the pieces' means, and the norm grows by {@link Math#hypot}. For one thread.
 */
final class ValueStatistics {
    /** Squares of values between these, and sums of 2^31 of them, neither overflow nor vanish. */
    private static final double LARGE = 0x1p480;

    private static final double SMALL = 0x1p-480;

    private final ElementType type;
    private final ValueHistogram histogram = new ValueHistogram();
    private double[] finite = new double[0];
    private long count;
    private long finiteCount;
    private long nanCount;
    private long infinityCount;
    private long zeroCount;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private long minLong = Long.MAX_VALUE;
    private long maxLong = Long.MIN_VALUE;
    private double mean;
    private double norm;

    ValueStatistics(final ElementType type) {
        this.type = type;
    }

    /** Takes elements as they lie in memory. */
    void add(final byte[] bytes, final int lengthBytes) {
        final int n = lengthBytes / type.sizeBytes();
        if (finite.length < n) {
            finite = new double[n];
        }
        final int length = decode(
                ElementAccesses.of(type), ByteBuffer.wrap(bytes, 0, lengthBytes).order(ByteOrder.nativeOrder()), n);
        count += n;
        if (length > 0) {
            addFinite(length);
        }
    }

    /** Puts the finite values into {@link #finite}; returns how many. */
    private <A> int decode(final ElementAccess<A> access, final ByteBuffer elements, final int n) {
        final A values = access.allocate(n);
        access.decode(elements, values, 0);
        if (values instanceof float[] floats) {
            for (int i = 0; i < n; i++) {
                finite[i] = floats[i];
            }
        } else if (values instanceof double[] doubles) {
            System.arraycopy(doubles, 0, finite, 0, n);
        } else if (values instanceof int[] ints) {
            for (int i = 0; i < n; i++) {
                finite[i] = integer(ints[i]);
            }
        } else {
            final long[] longs = (long[]) values;
            for (int i = 0; i < n; i++) {
                finite[i] = integer(longs[i]);
            }
        }
        return dropNonFinite(n);
    }

    /** Moves the finite ones to the front. */
    private int dropNonFinite(final int n) {
        int length = 0;
        for (int i = 0; i < n; i++) {
            final double value = finite[i];
            if (value - value == 0) {
                finite[length++] = value;
            } else if (value != value) {
                nanCount++;
            } else {
                infinityCount++;
            }
        }
        return length;
    }

    /** Not every 64-bit integer is a double. */
    private double integer(final long value) {
        minLong = Math.min(minLong, value);
        maxLong = Math.max(maxLong, value);
        return value;
    }

    private void addFinite(final int length) {
        double least = finite[0];
        double greatest = finite[0];
        for (int i = 0; i < length; i++) { // not Math.min, which looks for NaN and -0
            final double value = finite[i];
            if (value < least) {
                least = value;
            } else if (value > greatest) {
                greatest = value;
            }
            if (value == 0) {
                zeroCount++;
            }
        }
        min = Math.min(min, least);
        max = Math.max(max, greatest);
        histogram.add(finite, length, least, greatest);
        addMoments(length, Math.max(Math.abs(least), Math.abs(greatest)));
    }

    private void addMoments(final int length, final double magnitude) {
        final boolean safe = magnitude < LARGE && magnitude > SMALL;
        final int exponent = safe || magnitude == 0 ? 0 : Math.getExponent(magnitude);
        final double down = safe ? 1 : Math.scalb(1.0, -exponent / 2);
        final double rest = safe ? 1 : Math.scalb(1.0, -exponent + exponent / 2);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < length; i++) {
            final double value = finite[i] * down * rest;
            sum += value;
            squares += value * value;
        }
        finiteCount += length;
        final double share = (double) length / finiteCount;
        mean = mean * (1 - share) + sum / length / down / rest * share;
        norm = Math.hypot(norm, Math.sqrt(squares) / down / rest);
    }

    /** Number of elements. */
    long count() {
        return count;
    }

    long finiteCount() {
        return finiteCount;
    }

    long nanCount() {
        return nanCount;
    }

    long infinityCount() {
        return infinityCount;
    }

    long zeroCount() {
        return zeroCount;
    }

    /** The least finite value: a Long for integers, a Double otherwise; NaN if there is none. */
    Number min() {
        if (finiteCount == 0) {
            return Double.NaN;
        }
        return type.isFloatingPoint() ? (Number) min : (Number) minLong;
    }

    /** The greatest finite value. */
    Number max() {
        if (finiteCount == 0) {
            return Double.NaN;
        }
        return type.isFloatingPoint() ? (Number) max : (Number) maxLong;
    }

    /** The mean of the finite values; NaN if there is none. */
    double mean() {
        return finiteCount == 0 ? Double.NaN : mean;
    }

    /** The L2 norm of the finite values. */
    double norm() {
        return norm;
    }

    ValueHistogram histogram() {
        return histogram;
    }
}
