package org.shmarrays.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts values in at most {@value #MOST_BINS} bins of equal width, though their range is not known beforehand: the width is a
 * power of two, and when a value comes that is out of reach it is doubled, so that each two neighbours become one. One pass over
 * the values suffices. For one thread.
 */
final class ValueHistogram {
    static final int MOST_BINS = 16;

    /** Smaller widths are of no use, and their inverse is infinite. */
    private static final int SMALLEST_EXPONENT = -1000;

    private static final int DOUBLE_DIGITS = 53;

    private int exponent = SMALLEST_EXPONENT;
    private long firstBin;
    private long[] counts = new long[0];

    /** A bin: values from {@code from}, inclusive, to {@code to}, exclusive. */
    record Bin(double from, double to, long count) {}

    /**
     * Counts some values.
     *
     * @param values the finite ones
     * @param min the least of them
     * @param max the greatest of them
     */
    void add(final double[] values, final int length, final double min, final double max) {
        if (length == 0) {
            return;
        }
        reach(min, max);
        final double perWidth = Math.scalb(1.0, -exponent);
        for (int i = 0; i < length; i++) {
            final double bins = values[i] * perWidth;
            final long bin = (long) bins; // towards 0, which Math.floor is not, but it is many times as fast
            counts[(int) ((bins < bin ? bin - 1 : bin) - firstBin)]++;
        }
    }

    /** Makes the bins reach from min to max. */
    private void reach(final double min, final double max) {
        int wanted = Math.max(exponent, smallestExponent(Math.max(Math.abs(min), Math.abs(max))));
        while (last(max, wanted) - first(min, wanted) >= MOST_BINS) {
            wanted++;
        }
        final long first = first(min, wanted);
        final long last = last(max, wanted);
        final int shift = Math.min(wanted - exponent, Long.SIZE - 1);
        final long[] before = counts;
        counts = new long[(int) (last - first + 1)];
        for (int i = 0; i < before.length; i++) {
            counts[(int) ((firstBin + i >> shift) - first)] += before[i];
        }
        exponent = wanted;
        firstBin = first;
    }

    private long first(final double min, final int wanted) {
        final long bin = bin(min, wanted);
        return counts.length == 0 ? bin : Math.min(bin, firstBin >> Math.min(wanted - exponent, Long.SIZE - 1));
    }

    private long last(final double max, final int wanted) {
        final long bin = bin(max, wanted);
        return counts.length == 0
                ? bin
                : Math.max(bin, firstBin + counts.length - 1 >> Math.min(wanted - exponent, Long.SIZE - 1));
    }

    private static long bin(final double value, final int exponent) {
        return (long) Math.floor(value * Math.scalb(1.0, -exponent));
    }

    /** The exponent of a width at which the ordinals of bins are exact. */
    private static int smallestExponent(final double magnitude) {
        return magnitude == 0
                ? SMALLEST_EXPONENT
                : Math.max(SMALLEST_EXPONENT, Math.getExponent(magnitude) - DOUBLE_DIGITS + 1);
    }

    /** The bins from the least value's to the greatest one's. */
    List<Bin> bins() {
        final List<Bin> bins = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            bins.add(new Bin(
                    Math.scalb((double) (firstBin + i), exponent),
                    Math.scalb((double) (firstBin + i + 1), exponent),
                    counts[i]));
        }
        return bins;
    }
}
