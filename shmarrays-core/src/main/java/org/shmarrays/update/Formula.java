package org.shmarrays.update;

/**
 * The formulas of the ready-made updates, over g (what is pushed), w (the values), the companions, and coefficients, in the
 * order in which they are listed here. Several updates share a formula: a coefficient of 1 changes no bit of a product.
 */
enum Formula {
    /** {@code w = w + a g}: add, addScaled, SGD. Coefficient: a. */
    ADD_SCALED,

    /** {@code w = a g + b w}: an exponential moving average. Coefficients: a, b. */
    EMA,

    /** {@code m = mu m + g; w = w + a m}. Coefficients: a, mu. */
    MOMENTUM,

    /** {@code m = mu m + g; w = w + a (mu m + g)}. Coefficients: a, mu. */
    NESTEROV,

    /** {@code v = b v + c g²; w = w - a g / (sqrt(v) + e)}: AdaGrad, RMSProp. Coefficients: a, b, c, e. */
    ROOT_SCALED,

    /**
     * {@code m = b1 m + c1 g; v = b2 v + c2 g²; w = k w - a m / (sqrt(r v) + e)}: Adam, AdamW. Coefficients: a, b1, c1, b2,
     * c2, r, e, k.
     */
    ADAM;

    /** The greatest number of coefficients. */
    static final int MOST_COEFFICIENTS = 8;
}
