package org.shmarrays.internal.kernel;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.layout.ElementType;
import org.shmarrays.update.UpdateFunction;

/**
 * What the project knows of one element type beyond its size: how its elements go between memory and the Java arrays
 * that carry them, and what the formats of files call it. Stateless. Offsets into files are in bytes, all else counts
 * elements.
 *
 * @param <A> the carrier: float[], double[], int[] or long[]
 */
public abstract class ElementAccess<A> {
    /** Fewer elements than this are copied one by one: a call of a bulk copy takes longer. */
    static final int FEW = 16;

    private final ElementType type;
    private final String numpyName;
    private final String safetensorsName;

    ElementAccess(final ElementType type, final String numpyName, final String safetensorsName) {
        this.type = type;
        this.numpyName = numpyName;
        this.safetensorsName = safetensorsName;
    }

    public final ElementType type() {
        return type;
    }

    /**
     * The kind and size of the type in the {@code descr} of numpy, without the byte order. A type that numpy does not
     * have is stored as its raw bits.
     */
    public final String numpyName() {
        return numpyName;
    }

    /** The {@code dtype} of the type in {@code .safetensors} files. */
    public final String safetensorsName() {
        return safetensorsName;
    }

    /** True if the bytes of a carrier are those of memory. Otherwise elements are converted on their way. */
    public boolean isStoredAsCarried() {
        return true;
    }

    /** Memory as the buffer that fits the elements as they are stored. */
    public abstract Buffer typed(ByteBuffer bytes);

    /** Copies all elements that are stored in the bytes from their position on. */
    public abstract void decode(ByteBuffer bytes, A into, int at);

    /** New loops over short rows. */
    abstract RowLoops<A> newRowLoops();

    /** An array of zeros. */
    public abstract A allocate(int length);

    /** True if the object is a carrier of this type. */
    public final boolean isCarrier(final Object array) {
        return type.carrier().isInstance(array);
    }

    /** The object as carrier, which {@link #isCarrier} said it is. */
    public abstract A carrier(Object array);

    public abstract int length(A array);

    /** Several carriers, all null. */
    abstract A[] allocateSeveral(int count);

    /** Copies {@code n} elements from the file. */
    public abstract void load(MappedFile file, int offset, A into, int at, int n);

    /** Copies {@code n} elements to the file: plain stores. */
    public abstract void store(MappedFile file, int offset, A from, int at, int n);

    /** True if the buffer is of the kind from which {@link #loadBuffer} copies. */
    public abstract boolean isBuffer(Object buffer);

    /** Copies {@code n} elements of a buffer, from {@code index} on; leaves its position alone. */
    abstract void loadBuffer(Buffer buffer, int index, A into, int n);

    /** Copies {@code n} elements into a buffer, from {@code index} on; leaves its position alone. */
    abstract void storeBuffer(A from, int at, int n, Buffer buffer, int index);

    /** Copies {@code n} elements from the file into a buffer, from {@code index} on; leaves its position alone. */
    public abstract void loadIntoBuffer(MappedFile file, int offset, Buffer buffer, int index, int n);

    /** Copies elements to a carrier or a buffer. */
    public final void copy(final A from, final int at, final Object to, final int index, final int n) {
        if (isCarrier(to)) {
            System.arraycopy(from, at, to, index, n);
        } else {
            storeBuffer(from, at, n, (Buffer) to, index);
        }
    }

    /**
     * Publishes one element by compare-and-set of its raw bits.
     *
     * @param offset of element {@code i}
     * @return false if the file no longer holds {@code expected[i]}
     */
    abstract boolean compareAndSet(MappedFile file, int offset, A expected, A updated, int i);

    /** Rounds values to what {@link #store} makes of them: for results that must be what the memory holds. */
    public void round(final A values, final int at, final int n) {}

    /**
     * Rounds values of a 16-bit type up or down by chance, to what {@link #store} then stores as it is.
     *
     * @param key of the block, from {@link RoundingBits#key}
     * @param index in the block of the first value: each has bits of its own
     */
    void roundStochastically(final A values, final int at, final int n, final long key, final int index) {
        throw new UnsupportedOperationException("values of this type are not rounded: " + type);
    }

    /** The access to the optimizer state of arrays of this type. */
    public ElementAccess<A> state() {
        return this;
    }

    /** Offset in a state file, in bytes, of what belongs to the element at an offset of the data file. */
    final int stateOffset(final int offset) {
        return offset / type.sizeBytes() * type.stateType().sizeBytes();
    }

    /** Index of the first of {@code n} values that would be stored as NaN or infinity, or -1. */
    abstract int firstNonFinite(A values, int at, int n);

    /**
     * Applies a function to a run.
     *
     * @param coefficients of a {@link FormulaUpdate} for this step
     */
    abstract void apply(
            UpdateFunction function,
            double[] coefficients,
            A g,
            int gOffset,
            A w,
            int wOffset,
            A[] state,
            int n,
            long step);
}
