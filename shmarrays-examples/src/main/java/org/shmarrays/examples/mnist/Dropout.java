package org.shmarrays.examples.mnist;

import java.util.SplittableRandom;

/**
 * Drops each unit with probability one half and doubles the others, so that the expected sum stays (Srivastava, Hinton,
 * Krizhevsky, Sutskever, Salakhutdinov: Dropout, 2014; scaled in training as PyTorch does). Which ones is a function of
 * seed, rank and step alone. Immutable; any thread.
 */
public final class Dropout {
    private static final Dropout OFF = new Dropout(false, 0, 0);
    private static final float KEPT = 2;

    private final boolean isOn;
    private final long seed;
    private final int rank;

    private Dropout(final boolean isOn, final long seed, final int rank) {
        this.isOn = isOn;
        this.seed = seed;
        this.rank = rank;
    }

    /** No dropout: everything is kept as it is. */
    public static Dropout off() {
        return OFF;
    }

    /**
     * Dropout of one worker.
     *
     * @param seed the training's seed, the same for all workers.
     * @param rank the worker, which drops what others may keep.
     */
    public static Dropout of(final long seed, final int rank) {
        return new Dropout(true, seed, rank);
    }

    /** Sets all factors of a step, one array a layer: 0 or 2, or 1 when off. */
    void fill(final long step, final float[]... factors) {
        final SplittableRandom random = isOn ? new SplittableRandom(Seeds.mix(seed, Seeds.DROPOUT, rank, step)) : null;
        for (final float[] layer : factors) {
            for (int i = 0; i < layer.length; i += Long.SIZE) {
                final long bits = isOn ? random.nextLong() : 0;
                final int last = Math.min(i + Long.SIZE, layer.length);
                for (int j = i; j < last; j++) {
                    layer[j] = isOn ? (bits >>> (j - i) & 1) * KEPT : 1;
                }
            }
        }
    }
}
