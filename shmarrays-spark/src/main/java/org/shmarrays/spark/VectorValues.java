package org.shmarrays.spark;

import org.apache.spark.ml.linalg.Vector;

/** Vectors of Spark ML. A class of its own, because tables without vectors need no spark-mllib. */
final class VectorValues {
    private VectorValues() {}

    /** All values of a vector, those that a sparse one leaves out included. */
    static double[] of(final Object vector) {
        return ((Vector) vector).toArray();
    }
}
