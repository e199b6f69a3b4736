package org.shmarrays.examples.mnist;

/** Seeds of independent random sequences, each a function of the training's seed, a purpose, a rank and a step or epoch. */
final class Seeds {
    static final int INITIALISATION = 1;
    static final int SHUFFLE = 2;
    static final int DROPOUT = 3;

    private Seeds() {}

    static long mix(final long seed, final int purpose, final int rank, final long step) {
        return scrambled(scrambled(scrambled(seed + purpose) + rank) + step);
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
    private static long scrambled(final long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
