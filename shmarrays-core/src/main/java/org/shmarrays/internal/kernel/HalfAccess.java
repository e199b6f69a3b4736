package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.layout.ElementType;
import org.shmarrays.update.UpdateFunction;

/** Elements of 16 bits, carried as float32: decoded when loaded, rounded when stored. */
final class HalfAccess extends ElementAccess<float[]> {
    static final HalfAccess FLOAT16 = new HalfAccess(ElementType.FLOAT16, HalfFormat.FLOAT16, "f2", "F16");
    static final HalfAccess BFLOAT16 = new HalfAccess(ElementType.BFLOAT16, HalfFormat.BFLOAT16, "u2", "BF16");

    private final HalfFormat format;

    private HalfAccess(
            final ElementType type, final HalfFormat format, final String numpyName, final String safetensorsName) {
        super(type, numpyName, safetensorsName);
        this.format = format;
    }

    @Override
    public ElementAccess<float[]> state() {
        return FloatAccess.INSTANCE;
    }

    @Override
    public boolean isStoredAsCarried() {
        return false;
    }

    /** A buffer of raw bits. */
    @Override
    public ShortBuffer typed(final ByteBuffer bytes) {
        return bytes.asShortBuffer();
    }

    @Override
    public void decode(final ByteBuffer bytes, final float[] into, final int at) {
        final ShortBuffer from = typed(bytes);
        for (int i = 0; i < from.limit(); i++) {
            into[at + i] = format.decode(from.get(i));
        }
    }

    @Override
    RowLoops<float[]> newRowLoops() {
        return new HalfRowLoops(this, format);
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
        final int first = offset / Short.BYTES;
        for (int i = 0; i < n; i++) {
            into[at + i] = format.decode(file.shorts().get(first + i));
        }
    }

    @Override
    public void store(final MappedFile file, final int offset, final float[] from, final int at, final int n) {
        final int first = offset / Short.BYTES;
        for (int i = 0; i < n; i++) {
            file.shorts().put(first + i, format.encode(from[at + i]));
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
        final FloatBuffer floats = (FloatBuffer) buffer;
        final int first = offset / Short.BYTES;
        for (int i = 0; i < n; i++) {
            floats.put(index + i, format.decode(file.shorts().get(first + i)));
        }
    }

    /** Exchanges the word of 32 bits in which the element lies; its neighbour is of the same array, or padding. */
    @Override
    boolean compareAndSet(
            final MappedFile file, final int offset, final float[] expected, final float[] updated, final int i) {
        final AtomicBuffer memory = file.atomic();
        final int word = offset & -Integer.BYTES;
        final boolean upper = (offset != word) == (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
        final int shift = upper ? Short.SIZE : 0;
        final int mask = 0xFFFF << shift;
        while (true) {
            final int seen = memory.getIntVolatile(word);
            final float held = format.decode((short) (seen >>> shift));
            if (Float.floatToIntBits(held) != Float.floatToIntBits(expected[i])) {
                return false;
            }
            final int wanted = seen & ~mask | (format.encode(updated[i]) & 0xFFFF) << shift;
            if (memory.compareAndSetInt(word, seen, wanted)) {
                return true;
            }
        }
    }

    @Override
    public void round(final float[] values, final int at, final int n) {
        for (int i = at; i < at + n; i++) {
            values[i] = format.decode(format.encode(values[i]));
        }
    }

    @Override
    void roundStochastically(final float[] values, final int at, final int n, final long key, final int index) {
        for (int i = 0; i < n; i++) {
            values[at + i] = format.decode(format.encode(values[at + i], RoundingBits.bits(key, index + i)));
        }
    }

    @Override
    int firstNonFinite(final float[] values, final int at, final int n) {
        for (int i = at; i < at + n; i++) {
            if (!Float.isFinite(format.decode(format.encode(values[i])))) {
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
