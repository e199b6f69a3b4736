package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ElementType;

/**
 * The header of a {@code .npy} file: numpy's "NPY format" (numpy.lib.format), of which version 1.0 is written, and 1.0
 * to 3.0 are read.
 *
 * @param descr the type as numpy writes it: byte order, kind, size
 */
record NpyHeader(String descr, ArrayOrder order, int[] shape) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final int PREFIX_LENGTH = MAGIC.length + 2 + Short.BYTES;
    private static final int LONGEST = 1 << 16;
    private static final Pattern DESCR = Pattern.compile("'descr': *'([^']*)'");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order': *(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape': *\\(([0-9L, ]*)\\)");

    /** Bytes: what holds the metadata. */
    static final String BYTES = "|u1";

    /** The type of an array's elements in native byte order; bfloat16, which numpy does not have, as its raw bits. */
    static String descr(final ElementType type) {
        final String order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
        return order + ElementAccesses.of(type).numpyName();
    }

    /** The header's bytes, in front of the elements. */
    byte[] encode() {
        final StringBuilder dimensions = new StringBuilder();
        for (final int dimension : shape) {
            dimensions.append(dimension).append(", ");
        }
        final String tuple =
                shape.length == 1 ? shape[0] + "," : dimensions.toString().replaceAll(", $", "");
        final String text = "{'descr': '" + descr + "', 'fortran_order': " + (order == ArrayOrder.F ? "True" : "False")
                + ", 'shape': (" + tuple + "), }";
        final int length = (PREFIX_LENGTH + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (length - PREFIX_LENGTH >= LONGEST) {
            throw new IllegalArgumentException(
                    "the array has too many dimensions for .npy: dimensions=" + shape.length);
        }
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) ' ');
        System.arraycopy(MAGIC, 0, bytes, 0, MAGIC.length);
        bytes[MAGIC.length] = 1;
        bytes[MAGIC.length + 1] = 0;
        bytes[MAGIC.length + 2] = (byte) (length - PREFIX_LENGTH);
        bytes[MAGIC.length + 3] = (byte) (length - PREFIX_LENGTH >>> 8);
        System.arraycopy(text.getBytes(ISO_8859_1), 0, bytes, PREFIX_LENGTH, text.length());
        bytes[length - 1] = '\n';
        return bytes;
    }

    /** Whether a file begins so. */
    static boolean isMagic(final byte[] bytes) {
        return Arrays.equals(bytes, MAGIC);
    }

    /**
     * Reads a header, and leaves the stream at the first element.
     *
     * @throws IllegalArgumentException if it is none
     */
    static NpyHeader read(final InputStream stream) throws IOException {
        final DataInputStream in = new DataInputStream(stream);
        final byte[] magic = new byte[MAGIC.length + 2];
        in.readFully(magic);
        final int version = magic[MAGIC.length];
        if (!Arrays.equals(Arrays.copyOf(magic, MAGIC.length), MAGIC) || version < 1 || version > 3) {
            throw new IllegalArgumentException("not a .npy header");
        }
        final int low = Short.toUnsignedInt(Short.reverseBytes(in.readShort()));
        final int length = version == 1 ? low : low | Short.reverseBytes(in.readShort()) << Short.SIZE;
        if (length < 0 || length >= LONGEST) {
            throw new IllegalArgumentException("a .npy header is too long: bytes=" + length);
        }
        final byte[] bytes = new byte[length];
        in.readFully(bytes);
        return parse(new String(bytes, ISO_8859_1));
    }

    private static NpyHeader parse(final String text) {
        final Matcher descr = DESCR.matcher(text);
        final Matcher fortran = FORTRAN.matcher(text);
        final Matcher shape = SHAPE.matcher(text);
        if (!descr.find() || !fortran.find() || !shape.find()) {
            throw new IllegalArgumentException("not a .npy header: " + Printable.text(text.strip()));
        }
        final int[] dimensions = Arrays.stream(shape.group(1).split(","))
                .map(dimension -> dimension.strip().replaceAll("L$", "")) // as Python 2 wrote it
                .filter(dimension -> !dimension.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
        return new NpyHeader(descr.group(1), fortran.group(1).equals("True") ? ArrayOrder.F : ArrayOrder.C, dimensions);
    }

    /** True if elements of this shape lie in the same way in the two orders: those of a vector do. */
    boolean hasOrderOf(final NpyHeader other) {
        return order == other.order || Arrays.stream(shape).filter(d -> d > 1).count() <= 1;
    }

    /** True if the elements have the same type, whatever the byte order. */
    boolean isOfTypeOf(final NpyHeader other) {
        return descr.substring(1).equals(other.descr.substring(1));
    }

    @Override
    public String toString() {
        return Printable.text(descr) + Arrays.toString(shape) + (order == ArrayOrder.F ? "f" : "");
    }
}
