package org.shmarrays.internal.kernel;

import org.shmarrays.layout.ElementType;

/** {@code w = g}: a copy. */
public final class Assign extends ReadyMade {
    public static final Assign INSTANCE = new Assign();

    private Assign() {
        super("assign", 0);
    }

    @Override
    public boolean supports(final ElementType type) {
        return true;
    }

    @Override
    protected void apply(
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[][] state,
            final int n,
            final long step) {
        System.arraycopy(g, gOffset, w, wOffset, n);
    }

    @Override
    protected void apply(
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[][] state,
            final int n,
            final long step) {
        System.arraycopy(g, gOffset, w, wOffset, n);
    }

    @Override
    protected void apply(final int[] g, final int gOffset, final int[] w, final int wOffset, final int n) {
        System.arraycopy(g, gOffset, w, wOffset, n);
    }

    @Override
    protected void apply(final long[] g, final int gOffset, final long[] w, final int wOffset, final int n) {
        System.arraycopy(g, gOffset, w, wOffset, n);
    }
}
