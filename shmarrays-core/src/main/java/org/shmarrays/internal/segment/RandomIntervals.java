package org.shmarrays.internal.segment;

/**
 * Random intervals between samples, so that no place of a regular round is always the one that is sampled: the upper bits of the linear
 * congruential generator MMIX (Knuth, TAOCP 3.3.4). For one thread.
 */
public final class RandomIntervals {
    private static final long MULTIPLIER = 6364136223846793005L;
    private static final long INCREMENT = 1442695040888963407L;

    private long random;

    public RandomIntervals(final long seed) {
        this.random = seed;
    }

    /** 0 to 2 to the power of {@code bits}, less 1: how many are left out before the next. */
    public int next(final int bits) {
        random = random * MULTIPLIER + INCREMENT;
        return (int) (random >>> Long.SIZE - bits);
    }
}
