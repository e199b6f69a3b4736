package org.shmarrays.benchmarks.harness;

import java.util.Arrays;
import java.util.Collection;

/** Median and spread of a few measurements. */
public record Summary(double median, double min, double max) {
    /**
     * Of these values; the median of an even number is the mean of the two in the middle.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static Summary of(final double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        final int middle = sorted.length / 2;
        final double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Summary(median, sorted[0], sorted[sorted.length - 1]);
    }

    public static Summary of(final Collection<Double> values) {
        return of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /**
     * Jain's index of fairness (Jain, Chiu and Hawe 1984): (sum x)² / (n · sum x²), 1 where all got the same, 1/n
     * where one got all. 0 if none got anything.
     */
    public static double fairness(final double... shares) {
        double sum = 0;
        double squares = 0;
        for (final double share : shares) {
            sum += share;
            squares += share * share;
        }
        return squares == 0 ? 0 : sum * sum / (shares.length * squares);
    }
}
