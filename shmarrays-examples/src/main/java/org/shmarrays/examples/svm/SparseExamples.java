package org.shmarrays.examples.svm;

import java.io.Serializable;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Made-up examples for a linear model, in the shape of the RCV1 news texts: 47,236 features, about 75 of which are not
 * zero in an example of length 1, few features that are frequent and many that are rare. The label is the sign of a
 * hidden linear function of the frequent ones, and one in twenty is wrong. Equal seeds give equal examples.
 */
public final class SparseExamples implements SvmExamples, Serializable {
    /** Number of features. */
    public static final int FEATURES = 47_236;

    static final int MOST_NON_ZERO = 100;

    private static final long serialVersionUID = 1L;
    private static final int LEAST_NON_ZERO = 50;
    private static final double WRONG = 0.05;

    /** Only so many features, the most frequent ones, tell anything about the label. */
    private static final int TELLING = 1_000;

    private final int[] begins;
    private final int[] features;
    private final float[] values;
    private final float[] labels;

    /**
     * Makes examples.
     *
     * @param first number of the first one; each depends on its number and the seed alone
     */
    public SparseExamples(final long seed, final int first, final int count) {
        this.begins = new int[count + 1];
        this.features = new int[count * MOST_NON_ZERO];
        this.values = new float[count * MOST_NON_ZERO];
        this.labels = new float[count];
        for (int i = 0; i < count; i++) {
            make(i, new SplittableRandom((seed << Integer.SIZE) + first + i));
        }
    }

    private void make(final int example, final SplittableRandom random) {
        final int begin = begins[example];
        int end = begin + LEAST_NON_ZERO + random.nextInt(MOST_NON_ZERO - LEAST_NON_ZERO + 1);
        for (int i = begin; i < end; i++) {
            // The higher its number, the rarer a feature.
            features[i] = (int) (FEATURES * Math.pow(random.nextDouble(), 4));
        }
        Arrays.sort(features, begin, end);
        end = withoutEqualOnes(begin, end);
        double squares = 0;
        double score = 0;
        for (int i = begin; i < end; i++) {
            values[i] = (float) (0.2 + random.nextDouble());
            squares += values[i] * values[i];
            score += features[i] < TELLING ? values[i] * hiddenWeight(features[i]) : 0;
        }
        for (int i = begin; i < end; i++) {
            values[i] /= (float) Math.sqrt(squares);
        }
        labels[example] = score >= 0 == random.nextDouble() >= WRONG ? 1 : -1;
        begins[example + 1] = end;
    }

    private int withoutEqualOnes(final int begin, final int end) {
        int kept = begin;
        for (int i = begin; i < end; i++) {
            if (i == begin || features[i] != features[kept - 1]) {
                features[kept++] = features[i];
            }
        }
        return kept;
    }

    private static double hiddenWeight(final int feature) {
        return new SplittableRandom(feature).nextDouble() * 2 - 1;
    }

    @Override
    public int count() {
        return labels.length;
    }

    @Override
    public int begin(final int example) {
        return begins[example];
    }

    @Override
    public int end(final int example) {
        return begins[example + 1];
    }

    @Override
    public int feature(final int position) {
        return features[position];
    }

    @Override
    public float value(final int position) {
        return values[position];
    }

    @Override
    public float label(final int example) {
        return labels[example];
    }

    /** In how many of the examples each feature is not zero. */
    public int[] occurrences() {
        final int[] occurrences = new int[FEATURES];
        for (int i = 0; i < begins[count()]; i++) {
            occurrences[features[i]]++;
        }
        return occurrences;
    }
}
