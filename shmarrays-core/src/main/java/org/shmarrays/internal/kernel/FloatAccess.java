package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.layout.ElementType;
import org.shmarrays.update.UpdateFunction;

/** Elements that lie in memory as their carriers hold them: float[]. */
final class FloatAccess extends ElementAccess<float[]> {
    static final FloatAccess INSTANCE = new FloatAccess();

    private FloatAccess() {
        super(ElementType.FLOAT32, "f4", "F32");
    }

    @Override
    public FloatBuffer typed(final ByteBuffer bytes) {
        return bytes.asFloatBuffer();
    }

    @Override
    public void decode(final ByteBuffer bytes, final float[] into, final int at) {
        final FloatBuffer from = typed(bytes);
        from.get(into, at, from.remaining());
    }

    @Override
    RowLoops<float[]> newRowLoops() {
        return new FloatRowLoops();
    }

    @Override
    public float[] allocate(final int length) {
        return new float[length];
    }

    @Override
    public float[] carrier(final Object array) {
        return (float[]) array;
    }

    @Override
    public int length(final float[] array) {
        return array.length;
    }

    @Override
    float[][] allocateSeveral(final int count) {
        return new float[count][];
    }

    @Override
    public void load(final MappedFile file, final int offset, final float[] into, final int at, final int n) {
        final FloatBuffer from = file.floats();
        final int index = offset / Float.BYTES;
        if (n < FEW) {
            for (int i = 0; i < n; i++) {
                into[at + i] = from.get(index + i);
            }
        } else {
            from.get(index, into, at, n);
        }
    }

    @Override
    public void store(final MappedFile file, final int offset, final float[] from, final int at, final int n) {
        final FloatBuffer into = file.floats();
        final int index = offset / Float.BYTES;
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
        return buffer instanceof FloatBuffer;
    }

    @Override
    void loadBuffer(final Buffer buffer, final int index, final float[] into, final int n) {
        ((FloatBuffer) buffer).get(index, into, 0, n);
    }

    @Override
    void storeBuffer(final float[] from, final int at, final int n, final Buffer buffer, final int index) {
        ((FloatBuffer) buffer).put(index, from, at, n);
    }

    @Override
    public void loadIntoBuffer(
            final MappedFile file, final int offset, final Buffer buffer, final int index, final int n) {
        ((FloatBuffer) buffer).put(index, file.floats(), offset / Float.BYTES, n);
    }

    @Override
    boolean compareAndSet(
            final MappedFile file, final int offset, final float[] expected, final float[] updated, final int i) {
        return file.atomic()
                .compareAndSetInt(offset, Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(updated[i]));
    }

    @Override
    int firstNonFinite(final float[] values, final int at, final int n) {
        for (int i = at; i < at + n; i++) {
            if (!Float.isFinite(values[i])) {
                return i;
            }
        }
        return -1;
    }

    @Override
    void apply(
            final UpdateFunction function,
            final double[] coefficients,
            final float[] g,
            final int gOffset,
            final float[] w,
            final int wOffset,
            final float[][] state,
            final int n,
            final long step) {
        if (function instanceof FormulaUpdate update) {
            FloatLoops.apply(update.formula(), coefficients, g, gOffset, w, wOffset, state, n);
        } else {
            Doors.UPDATE.of(function).apply(g, gOffset, w, wOffset, state, n, step);
        }
    }
}
