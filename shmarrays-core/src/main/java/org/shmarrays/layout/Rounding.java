package org.shmarrays.layout;

import java.io.Serializable;

/**
 * How values are rounded when they are stored in an array of 16-bit elements: to the nearest one, or to one of the two
 * neighbours by chance. Arithmetic is done in float32 either way. Immutable.
 */
public final class Rounding implements Serializable {
    private static final long serialVersionUID = 1L;

    /** To nearest, ties to even: a change of less than half of the last place is lost, each time. */
    public static final Rounding NEAREST = new Rounding(1, 0);

    private static final int STOCHASTIC_CODE = 2;

    private final int code;
    private final long seed;

    private Rounding(final int code, final long seed) {
        this.code = code;
        this.seed = seed;
    }

    /**
     * Up or down by chance, so that the mean of what is stored is the value itself, and changes smaller than the last
     * place count as often as they must (De Sa, Zhang, Olukotun and Ré, "Taming the Wild: A Unified Analysis of
     * Hogwild!-Style Algorithms", NIPS 2015, section 4, "Buckwild!"). Values of the type itself are stored as they are.
     * Above the greatest finite value it is rounded to nearest, so chance makes no infinity; NaN stays NaN.
     *
     * @param seed of the random bits: {@code docs/guide/rounding.md} says which runs it repeats
     */
    public static Rounding stochastic(final long seed) {
        return new Rounding(STOCHASTIC_CODE, seed);
    }

    public boolean isStochastic() {
        return code == STOCHASTIC_CODE;
    }

    /** 0 for {@link #NEAREST}. */
    public long seed() {
        return seed;
    }

    /** The code in the array table; never reused for another rounding. */
    public int code() {
        return code;
    }

    /**
     * The rounding with this code.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Rounding ofCode(final int code, final long seed) {
        if (code == STOCHASTIC_CODE) {
            return stochastic(seed);
        }
        if (code == NEAREST.code && seed == 0) {
            return NEAREST;
        }
        throw new IllegalArgumentException("unknown rounding: code=" + code + ", seed=" + seed);
    }

    /** {@code NEAREST} or {@code STOCHASTIC}, without the seed. */
    public String name() {
        return isStochastic() ? "STOCHASTIC" : "NEAREST";
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof Rounding that && code == that.code && seed == that.seed;
    }

    @Override
    public int hashCode() {
        return 31 * code + Long.hashCode(seed);
    }

    @Override
    public String toString() {
        return isStochastic() ? "STOCHASTIC(seed=" + seed + ")" : "NEAREST";
    }
}
