package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.layout.ElementType;
import org.shmarrays.update.UpdateFunction;

/** Elements that lie in memory as their carriers hold them: int[]. */
final class IntAccess extends ElementAccess<int[]> {
    static final IntAccess INSTANCE = new IntAccess();

    private IntAccess() {
        super(ElementType.INT32, "i4", "I32");
    }

    @Override
    public IntBuffer typed(final ByteBuffer bytes) {
        return bytes.asIntBuffer();
    }

    @Override
    public void decode(final ByteBuffer bytes, final int[] into, final int at) {
        final IntBuffer from = typed(bytes);
        from.get(into, at, from.remaining());
    }

    @Override
    RowLoops<int[]> newRowLoops() {
        return new IntRowLoops();
    }

    @Override
    public int[] allocate(final int length) {
        return new int[length];
    }

    @Override
    public int[] carrier(final Object array) {
        return (int[]) array;
    }

    @Override
    public int length(final int[] array) {
        return array.length;
    }

    @Override
    int[][] allocateSeveral(final int count) {
        return new int[count][];
    }

    @Override
    public void load(final MappedFile file, final int offset, final int[] into, final int at, final int n) {
        file.ints().get(offset / Integer.BYTES, into, at, n);
    }

    @Override
    public void store(final MappedFile file, final int offset, final int[] from, final int at, final int n) {
        file.ints().put(offset / Integer.BYTES, from, at, n);
    }

    @Override
    public boolean isBuffer(final Object buffer) {
        return buffer instanceof IntBuffer;
    }

    @Override
    void loadBuffer(final Buffer buffer, final int index, final int[] into, final int n) {
        ((IntBuffer) buffer).get(index, into, 0, n);
    }

    @Override
    void storeBuffer(final int[] from, final int at, final int n, final Buffer buffer, final int index) {
        ((IntBuffer) buffer).put(index, from, at, n);
    }

    @Override
    public void loadIntoBuffer(
            final MappedFile file, final int offset, final Buffer buffer, final int index, final int n) {
        ((IntBuffer) buffer).put(index, file.ints(), offset / Integer.BYTES, n);
    }

    @Override
    boolean compareAndSet(
            final MappedFile file, final int offset, final int[] expected, final int[] updated, final int i) {
        return file.atomic().compareAndSetInt(offset, expected[i], updated[i]);
    }

    @Override
    int firstNonFinite(final int[] values, final int at, final int n) {
        return -1; // there are none
    }

    @Override
    void apply(
            final UpdateFunction function,
            final double[] coefficients,
            final int[] g,
            final int gOffset,
            final int[] w,
            final int wOffset,
            final int[][] state,
            final int n,
            final long step) {
        Doors.UPDATE.of(function).apply(g, gOffset, w, wOffset, n);
    }
}
