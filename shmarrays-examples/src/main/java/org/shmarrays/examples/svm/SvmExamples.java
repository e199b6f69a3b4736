package org.shmarrays.examples.svm;

/** Labelled examples of which few features are not zero. For any thread; nothing changes them. */
public interface SvmExamples {
    /** Number of examples. */
    int count();

    /** The position of the first feature of an example that is not zero. */
    int begin(int example);

    /** The index after the position of its last one (exclusive). */
    int end(int example);

    /** The index of the feature at a position; those of an example ascend. */
    int feature(int position);

    /** The value of the feature at a position. */
    float value(int position);

    /** 1 or -1. */
    float label(int example);

    /** The share of the examples whose label a linear model tells. */
    default double accuracy(final float[] weights) {
        int right = 0;
        for (int example = 0; example < count(); example++) {
            float score = 0;
            for (int position = begin(example); position < end(example); position++) {
                score += weights[feature(position)] * value(position);
            }
            right += score >= 0 == label(example) > 0 ? 1 : 0;
        }
        return right / (double) count();
    }
}
