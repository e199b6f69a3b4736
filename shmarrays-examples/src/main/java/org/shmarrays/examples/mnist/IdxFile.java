package org.shmarrays.examples.mnist;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An array of unsigned bytes in the idx format of the MNIST database.
 *
 * <pre>
 *    0        1        2        3        4                         4 + 4 * rank
 *   +--------+--------+--------+--------+-----------------+-------+---------------------+
 *   |   0    |   0    |  type  |  rank  | dims[0], int32  |  ...  | row-major elements  |
 *   +--------+--------+--------+--------+-----------------+-------+---------------------+
 *   big endian throughout; type 0x08 = unsigned byte, the only one MNIST uses
 * </pre>
 *
 * A gzipped file is recognised by its content, whatever its name.
 */
final class IdxFile {
    private static final int UNSIGNED_BYTE = 0x08;
    private static final int MAX_RANK = 3;
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    /** So much is believed of a header: a wrong one must not make this allocate much more than the file holds. */
    private static final int FIRST_BYTES = 64 << 20;

    private static final String GET_IT_AGAIN = "; get the file again";

    private final String source;
    private final int[] dims;
    private final byte[] elements;

    private IdxFile(final String source, final int[] dims, final byte[] elements) {
        this.source = source;
        this.dims = dims;
        this.elements = elements;
    }

    static IdxFile read(final Path file) {
        if (!Files.isRegularFile(file)) {
            throw new MnistDataException("no such file: " + file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in);
        } catch (final IOException e) {
            throw new MnistDataException("cannot read: file=" + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads to the end of the stream.
     *
     * @param source what errors call it.
     * @throws MnistDataException if the content is not exactly one array of unsigned bytes.
     */
    static IdxFile read(final String source, final InputStream in) throws IOException {
        final InputStream content = unpacked(source, in);
        try {
            return parse(source, content);
        } catch (final EOFException
                | ZipException e) { // what GZIPInputStream makes of a packed file cut short or damaged
            throw new MnistDataException(
                    "gzipped idx file is damaged or cut short: file=" + source + ", cause=" + e.getMessage()
                            + GET_IT_AGAIN,
                    e);
        }
    }

    private static InputStream unpacked(final String source, final InputStream in) throws IOException {
        final BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        buffered.mark(2);
        final byte[] magic = buffered.readNBytes(2);
        buffered.reset();
        final boolean isGzip = magic.length == 2 && (magic[0] & 0xFF) == 0x1F && (magic[1] & 0xFF) == 0x8B;
        try {
            return isGzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
        } catch (final EOFException | ZipException e) {
            throw new MnistDataException(
                    "gzip header is damaged: file=" + source + ", cause=" + e.getMessage() + GET_IT_AGAIN, e);
        }
    }

    private static IdxFile parse(final String source, final InputStream in) throws IOException {
        final byte[] magic = in.readNBytes(4);
        final int rank = magic.length == 4 ? magic[3] : -1;
        if (rank < 1 || rank > MAX_RANK || magic[0] != 0 || magic[1] != 0 || magic[2] != UNSIGNED_BYTE) {
            throw new MnistDataException("not an idx file of unsigned bytes: file=" + source + ", first bytes="
                    + HexFormat.of().formatHex(magic) + ", expected=0000080r with a rank r of 1 to " + MAX_RANK
                    + "; is this the right file?");
        }
        final byte[] header = in.readNBytes(4 * rank);
        if (header.length < 4 * rank) {
            throw new MnistDataException("idx file is cut short in its header: file=" + source + ", bytes="
                    + (4 + header.length) + ", expected at least=" + (4 + 4 * rank) + GET_IT_AGAIN);
        }
        final int[] dims = new int[rank];
        long elementCount = 1;
        for (int i = 0; i < rank; i++) {
            dims[i] = bigEndianInt(header, 4 * i);
            elementCount = dims[i] > 0 && elementCount <= MAX_ELEMENTS ? elementCount * dims[i] : Long.MAX_VALUE;
        }
        if (elementCount > MAX_ELEMENTS) {
            throw new MnistDataException("idx file has impossible dimensions: file=" + source + ", dims="
                    + Arrays.toString(dims) + ", each must be at least 1 and their product at most " + MAX_ELEMENTS
                    + "; is this the right file?");
        }
        byte[] elements = new byte[(int) Math.min(elementCount, FIRST_BYTES)];
        int length = in.readNBytes(elements, 0, elements.length);
        while (length == elements.length && length < elementCount) {
            elements = Arrays.copyOf(elements, (int) Math.min(elementCount, 2L * length));
            length += in.readNBytes(elements, length, elements.length - length);
        }
        if (length < elementCount) {
            throw new MnistDataException("idx file is cut short: file=" + source + ", dims=" + Arrays.toString(dims)
                    + ", elements=" + length + ", expected=" + elementCount + GET_IT_AGAIN);
        }
        if (in.read() != -1) {
            throw new MnistDataException("idx file goes on after its last element: file=" + source + ", dims="
                    + Arrays.toString(dims) + ", elements=" + elementCount + GET_IT_AGAIN);
        }
        return new IdxFile(source, dims, elements);
    }

    private static int bigEndianInt(final byte[] bytes, final int offset) {
        return bytes[offset] << 24
                | (bytes[offset + 1] & 0xFF) << 16
                | (bytes[offset + 2] & 0xFF) << 8
                | bytes[offset + 3] & 0xFF;
    }

    int rank() {
        return dims.length;
    }

    int dim(final int index) {
        return dims[index];
    }

    /** The elements themselves, not a copy. */
    byte[] elements() {
        return elements;
    }

    /** What errors call this file: its source and its dimensions. */
    @Override
    public String toString() {
        return source + Arrays.toString(dims);
    }
}
