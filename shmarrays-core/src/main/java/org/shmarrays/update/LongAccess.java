package org.shmarrays.update;

import java.nio.Buffer;
import java.nio.LongBuffer;
import org.shmarrays.layout.ElementType;
import org.shmarrays.segment.MappedFile;

/** Elements that lie in memory as their carriers hold them: long[]. */
final class LongAccess extends ElementAccess<long[]> {
    static final LongAccess INSTANCE = new LongAccess();

    private LongAccess() {
        super(ElementType.INT64);
    }

    @Override
    public long[] allocate(final int length) {
        return new long[length];
    }

    @Override
    public long[] carrier(final Object array) {
        return (long[]) array;
    }

    @Override
    public int length(final long[] array) {
        return array.length;
    }

    @Override
    long[][] allocateSeveral(final int count) {
        return new long[count][];
    }

    @Override
    public void load(final MappedFile file, final int offset, final long[] into, final int at, final int n) {
        file.longs().get(offset / Long.BYTES, into, at, n);
    }

    @Override
    public void store(final MappedFile file, final int offset, final long[] from, final int at, final int n) {
        file.longs().put(offset / Long.BYTES, from, at, n);
    }

    @Override
    public boolean isBuffer(final Object buffer) {
        return buffer instanceof LongBuffer;
    }

    @Override
    void loadBuffer(final Buffer buffer, final int index, final long[] into, final int n) {
        ((LongBuffer) buffer).get(index, into, 0, n);
    }

    @Override
    void storeBuffer(final long[] from, final int at, final int n, final Buffer buffer, final int index) {
        ((LongBuffer) buffer).put(index, from, at, n);
    }

    @Override
    public void loadIntoBuffer(
            final MappedFile file, final int offset, final Buffer buffer, final int index, final int n) {
        ((LongBuffer) buffer).put(index, file.longs(), offset / Long.BYTES, n);
    }

    @Override
    boolean compareAndSet(
            final MappedFile file, final int offset, final long[] expected, final long[] updated, final int i) {
        return file.atomic().compareAndSetLong(offset, expected[i], updated[i]);
    }

    @Override
    int firstNonFinite(final long[] values, final int at, final int n) {
        return -1; // there are none
    }

    @Override
    void apply(
            final UpdateFunction function,
            final double[] coefficients,
            final long[] g,
            final int gOffset,
            final long[] w,
            final int wOffset,
            final long[][] state,
            final int n,
            final long step) {
        function.apply(g, gOffset, w, wOffset, n);
    }
}
