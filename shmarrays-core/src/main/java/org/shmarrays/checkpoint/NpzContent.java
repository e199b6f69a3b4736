package org.shmarrays.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.shmarrays.internal.Printable;

/** The bytes of an {@code .npz} entry, whose CRC-32 is checked after the last one. For one thread. */
final class NpzContent implements AutoCloseable {
    private final ZipEntry entry;
    private final CheckedInputStream stream;
    private final NpyHeader header;

    /**
     * Opens an entry, and reads its header.
     *
     * @throws IllegalArgumentException if it has no {@code .npy} header
     */
    NpzContent(final ZipFile zip, final ZipEntry entry) throws IOException {
        this.entry = entry;
        this.stream = new CheckedInputStream(zip.getInputStream(entry), new CRC32());
        try {
            this.header = NpyHeader.read(stream);
        } catch (final IOException | RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    NpyHeader header() {
        return header;
    }

    /** Reads the next bytes. */
    void read(final byte[] into, final int count) throws IOException {
        if (stream.readNBytes(into, 0, count) != count) {
            throw new EOFException("an entry ends too early: entry=" + shownName());
        }
    }

    /** Reads all elements, and checks what comes after them. */
    void readElements(final StoredElements elements, final StoredElements.Sink sink) throws IOException {
        try {
            elements.read(this::read, sink);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("entry=" + shownName() + ", " + e.getMessage(), e);
        }
        checkEnd();
    }

    /** Throws unless all was read, and it is what was written. */
    void checkEnd() throws IOException {
        if (stream.read() >= 0) {
            throw new IOException("an entry is too long: entry=" + shownName());
        }
        if (stream.getChecksum().getValue() != entry.getCrc()) {
            throw new IOException("the CRC-32 of an entry is wrong: entry=" + shownName() + ", expected="
                    + Long.toHexString(entry.getCrc()) + ", found="
                    + Long.toHexString(stream.getChecksum().getValue()));
        }
    }

    private String shownName() {
        return Printable.text(entry.getName());
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
