package org.shmarrays.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.internal.kernel.HalfPrecision;
import org.shmarrays.layout.ArrayOrder;

/**
 * How the elements of an {@code .npy} entry become those of an array: numpy may have saved them in another order of
 * their dimensions, in another byte order, or in another type. Each value is kept exactly, or the entry is refused.
 */
final class StoredElements {
    private static final Pattern NUMBER = Pattern.compile("([<>|=])([fiub])([1248])");
    private static final int BLOCK_ELEMENTS = 1 << 15;

    private final NpyHeader found;
    private final Type from;
    private final Type to;
    private final ByteOrder byteOrder;
    private final boolean isReordered;
    private final int elementCount;

    /** Takes elements of an array that lie side by side, from the one of this index on. */
    @FunctionalInterface
    interface Sink {
        void put(int index, byte[] bytes, int offset, int length);
    }

    /** Reads bytes; all of them or none. */
    @FunctionalInterface
    interface Source {
        void read(byte[] into, int count) throws IOException;
    }

    /**
     * What an element is, by kind and size of numpy's descr. Unsigned 16-bit integers of arrays are bits of bfloat16.
     */
    private record Type(char kind, int size) {
        /** A bfloat16 where it is known that it is one, and no 16-bit integer. */
        private static final Type BFLOAT = new Type('B', Short.BYTES);

        boolean isFloat() {
            return kind == 'f' || this == BFLOAT;
        }

        boolean isBfloat() {
            return kind == 'u' && size == Short.BYTES;
        }
    }

    private StoredElements(
            final NpyHeader found, final NpyHeader expected, final Matcher stored, final Type from, final Type to) {
        this.found = found;
        this.from = from;
        this.to = to;
        this.byteOrder = switch (stored.group(1)) {
            case "<" -> ByteOrder.LITTLE_ENDIAN;
            case ">" -> ByteOrder.BIG_ENDIAN;
            default -> ByteOrder.nativeOrder();
        };
        this.isReordered = !found.hasOrderOf(expected);
        this.elementCount = Arrays.stream(found.shape()).reduce(1, Math::multiplyExact);
    }

    /**
     * From what an entry holds to what an array needs.
     *
     * @throws IllegalArgumentException if the shapes differ, or no conversion is exact
     */
    static StoredElements between(final NpyHeader found, final NpyHeader expected) {
        final Matcher stored = NUMBER.matcher(found.descr());
        final Matcher needed = NUMBER.matcher(expected.descr());
        if (!stored.matches() || !needed.matches() || !isOfShape(found.shape(), expected.shape())) {
            throw new IllegalArgumentException("expected=" + expected + ", found=" + found);
        }
        final Type to = type(needed);
        final StoredElements elements = new StoredElements(found, expected, stored, type(stored), to);
        final boolean isOfBits = to.isBfloat() && !elements.from.isFloat() && !elements.from.isBfloat()
                || to.isFloat() && elements.from.isBfloat(); // numbers or the bits of bfloat16: the file does not say
        final boolean isOfBooleans = elements.from.kind == 'b' || elements.from.isFloat() && elements.from.size == 1;
        if (isOfBits || isOfBooleans) {
            throw new IllegalArgumentException("expected=" + expected + ", found=" + found);
        }
        return elements;
    }

    private static Type type(final Matcher number) {
        return new Type(number.group(2).charAt(0), Integer.parseInt(number.group(3)));
    }

    /**
     * From bits of bfloat16 in unsigned 16-bit integers to a wider type: the state of such arrays in version 1.
     *
     * @throws IllegalArgumentException if the shapes differ
     */
    static StoredElements ofBfloat(final NpyHeader found, final NpyHeader expected) {
        final Matcher stored = NUMBER.matcher(found.descr());
        final Matcher needed = NUMBER.matcher(expected.descr());
        if (!stored.matches() || !needed.matches() || !isOfShape(found.shape(), expected.shape())) {
            throw new IllegalArgumentException("expected=" + expected + ", found=" + found);
        }
        return new StoredElements(found, expected, stored, Type.BFLOAT, type(needed));
    }

    /** The same shape; numpy's asfortranarray and its like make a vector of one element of a scalar. */
    static boolean isOfShape(final int[] found, final int[] expected) {
        return Arrays.equals(found, expected) || expected.length == 0 && Arrays.equals(found, new int[] {1});
    }

    /**
     * Reads all elements, in blocks.
     *
     * @throws IllegalArgumentException if the array's type has not exactly a value that is stored
     */
    void read(final Source source, final Sink sink) throws IOException {
        final byte[] stored = new byte[BLOCK_ELEMENTS * from.size];
        final byte[] converted = new byte[BLOCK_ELEMENTS * to.size];
        final int[] place = new int[found.shape().length];
        for (int first = 0; first < elementCount; first += BLOCK_ELEMENTS) {
            final int count = Math.min(BLOCK_ELEMENTS, elementCount - first);
            source.read(stored, count * from.size);
            convert(stored, converted, count, first);
            if (isReordered) {
                for (int i = 0; i < count; i++) {
                    sink.put(indexAndAdvance(place), converted, i * to.size, to.size);
                }
            } else {
                sink.put(first, converted, 0, count * to.size);
            }
        }
    }

    /** Index in the array's order of the element at a place, which goes on to the next one that is stored. */
    private int indexAndAdvance(final int[] place) {
        final int[] shape = found.shape();
        final boolean isStoredInF = found.order() == ArrayOrder.F;
        int index = 0;
        for (int k = 0; k < shape.length; k++) {
            // The array's order is the other one: in C the last dimension varies fastest, in F the first.
            final int dimension = isStoredInF ? k : shape.length - 1 - k;
            index = index * shape[dimension] + place[dimension];
        }
        for (int k = 0; k < shape.length; k++) {
            final int dimension = isStoredInF ? k : shape.length - 1 - k;
            if (++place[dimension] < shape[dimension]) {
                break;
            }
            place[dimension] = 0;
        }
        return index;
    }

    private void convert(final byte[] stored, final byte[] converted, final int count, final int first) {
        final ByteBuffer in = ByteBuffer.wrap(stored).order(byteOrder);
        final ByteBuffer out = ByteBuffer.wrap(converted).order(ByteOrder.nativeOrder());
        if (from.equals(to)) {
            copy(in, out, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            final boolean isExact = from.isFloat() ? putDouble(getDouble(in), out) : putLong(getLong(in), out);
            if (!isExact) {
                throw new IllegalArgumentException("a value can't be stored exactly in the array's type: found=" + found
                        + ", element=" + (first + i) + " as stored, value=" + text(in.position(i * from.size)));
            }
        }
    }

    /** The same type, perhaps in another byte order; any bits, so that the payload of a NaN stays. */
    private void copy(final ByteBuffer in, final ByteBuffer out, final int count) {
        for (int i = 0; i < count; i++) {
            put(getLong(in), out);
        }
    }

    private void put(final long bits, final ByteBuffer out) {
        switch (to.size) {
            case Byte.BYTES -> out.put((byte) bits);
            case Short.BYTES -> out.putShort((short) bits);
            case Integer.BYTES -> out.putInt((int) bits);
            default -> out.putLong(bits);
        }
    }

    /** The next value, as a user writes it. */
    private String text(final ByteBuffer in) {
        if (from.isFloat()) {
            return Double.toString(getDouble(in));
        }
        return from.kind == 'i' ? Long.toString(getLong(in)) : Long.toUnsignedString(getLong(in));
    }

    private double getDouble(final ByteBuffer in) {
        return switch (from.size) {
            case Short.BYTES ->
                from == Type.BFLOAT ? HalfPrecision.fromBfloat(in.getShort()) : HalfPrecision.fromHalf(in.getShort());
            case Integer.BYTES -> in.getFloat();
            default -> in.getDouble();
        };
    }

    private long getLong(final ByteBuffer in) {
        final boolean isSigned = from.kind == 'i';
        return switch (from.size) {
            case Byte.BYTES -> isSigned ? in.get() : Byte.toUnsignedLong(in.get());
            case Short.BYTES -> isSigned ? in.getShort() : Short.toUnsignedLong(in.getShort());
            case Integer.BYTES -> isSigned ? in.getInt() : Integer.toUnsignedLong(in.getInt());
            default -> in.getLong();
        };
    }

    /** False if the value is not exactly one of the array's type. */
    private boolean putDouble(final double value, final ByteBuffer out) {
        if (to.isBfloat() || to.isFloat() && to.size == Short.BYTES) {
            final short bits =
                    to.isFloat() ? HalfPrecision.toHalf((float) value) : HalfPrecision.toBfloat((float) value);
            out.putShort(bits);
            return isSame(value, to.isFloat() ? HalfPrecision.fromHalf(bits) : HalfPrecision.fromBfloat(bits));
        }
        if (to.isFloat()) {
            return to.size == Double.BYTES
                    ? isSame(value, out.putDouble(value).getDouble(out.position() - Double.BYTES))
                    : isSame(value, out.putFloat((float) value).getFloat(out.position() - Float.BYTES));
        }
        final long whole = (long) value;
        return isSame(value, whole) && whole != Long.MAX_VALUE && putLong(whole, out);
    }

    /** The same value, of the same sign; any NaN for any NaN. */
    private static boolean isSame(final double a, final double b) {
        return Double.compare(a, b) == 0;
    }

    private boolean putLong(final long value, final ByteBuffer out) {
        if (from.kind == 'u' && from.size == Long.BYTES && value < 0) {
            return false; // beyond what a long holds
        }
        if (to.isFloat()) {
            return putDouble(value, out) && (long) (double) value == value && value != Long.MAX_VALUE;
        }
        put(value, out);
        final int unused = Long.SIZE - to.size * Byte.SIZE;
        return value << unused >> unused == value;
    }
}
