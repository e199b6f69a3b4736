package org.shmarrays.update;

import java.nio.Buffer;
import java.nio.DoubleBuffer;
import org.shmarrays.layout.ElementType;
import org.shmarrays.segment.MappedFile;

/** Elements that lie in memory as their carriers hold them: double[]. */
final class DoubleAccess extends ElementAccess<double[]> {
    static final DoubleAccess INSTANCE = new DoubleAccess();

    private DoubleAccess() {
        super(ElementType.FLOAT64);
    }

    @Override
    public double[] allocate(final int length) {
        return new double[length];
    }

    @Override
    public double[] carrier(final Object array) {
        return (double[]) array;
    }

    @Override
    public int length(final double[] array) {
        return array.length;
    }

    @Override
    double[][] allocateSeveral(final int count) {
        return new double[count][];
    }

    @Override
    public void load(final MappedFile file, final int offset, final double[] into, final int at, final int n) {
        final DoubleBuffer from = file.doubles();
        final int index = offset / Double.BYTES;
        if (n < FEW) {
            for (int i = 0; i < n; i++) {
                into[at + i] = from.get(index + i);
            }
        } else {
            from.get(index, into, at, n);
        }
    }

    @Override
    public void store(final MappedFile file, final int offset, final double[] from, final int at, final int n) {
        final DoubleBuffer into = file.doubles();
        final int index = offset / Double.BYTES;
        if (n < FEW) {
            for (int i = 0; i < n; i++) {
                into.put(index + i, from[at + i]);
            }
        } else {
            into.put(index, from, at, n);
        }
    }

    @Override
    public boolean isBuffer(final Object buffer) {
        return buffer instanceof DoubleBuffer;
    }

    @Override
    void loadBuffer(final Buffer buffer, final int index, final double[] into, final int n) {
        ((DoubleBuffer) buffer).get(index, into, 0, n);
    }

    @Override
    void storeBuffer(final double[] from, final int at, final int n, final Buffer buffer, final int index) {
        ((DoubleBuffer) buffer).put(index, from, at, n);
    }

    @Override
    public void loadIntoBuffer(
            final MappedFile file, final int offset, final Buffer buffer, final int index, final int n) {
        ((DoubleBuffer) buffer).put(index, file.doubles(), offset / Double.BYTES, n);
    }

    @Override
    boolean compareAndSet(
            final MappedFile file, final int offset, final double[] expected, final double[] updated, final int i) {
        return file.atomic()
                .compareAndSetLong(
                        offset, Double.doubleToRawLongBits(expected[i]), Double.doubleToRawLongBits(updated[i]));
    }

    @Override
    int firstNonFinite(final double[] values, final int at, final int n) {
        for (int i = at; i < at + n; i++) {
            if (!Double.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }

    @Override
    void apply(
            final UpdateFunction function,
            final double[] coefficients,
            final double[] g,
            final int gOffset,
            final double[] w,
            final int wOffset,
            final double[][] state,
            final int n,
            final long step) {
        if (function instanceof FormulaUpdate update) {
            DoubleLoops.apply(update.formula(), coefficients, g, gOffset, w, wOffset, state, n);
        } else {
            function.apply(g, gOffset, w, wOffset, state, n, step);
        }
    }
}
