package org.shmarrays.update;

/**
 * What an optimizer computes for each element of memory that lies outside of the Java heap, in the order of operations
 * of ND4J's updaters. g is the gradient, which the formulas turn into the update; the caller adds that to the values.
 */
public enum OptimizerFormula {
    /** {@code x = x + a y}. Memory: x, y. Coefficient: a. */
    ADD_SCALED,

    /** {@code g = g a}: Sgd. Memory: g. Coefficient: a. */
    SCALED,

    /** {@code p = mu v; v = p - a g; g = p + k v}: Nesterovs. Memory: g, v. Coefficients: a, mu, k. */
    NESTEROVS,

    /**
     * {@code v = v b + (g g) c; g = (a g) / (sqrt(v) + e)}: AdaGrad, RmsProp. Memory: g, v. Coefficients: a, b, c, e.
     */
    ROOT_SCALED,

    /**
     * {@code m = b1 m + g c1; v = b2 v + (g g) c2; g = (m a) / (sqrt(v) + e)}: Adam. Memory: g, m, v. Coefficients: a,
     * b1, c1, b2, c2, e.
     */
    ADAM
}
