package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.shmarrays.internal.Printable;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;

/** A checkpoint, opened to be read. Whatever bytes the file holds, reading ends in values or in an exception. */
final class CheckpointFile implements AutoCloseable {
    private static final long LONGEST_METADATA = 1 << 29;

    private final Path file;
    private final ZipFile zip;
    private final Metadata metadata;

    private CheckpointFile(final Path file, final ZipFile zip) throws IOException {
        this.file = file;
        this.zip = zip;
        this.metadata = readMetadata();
    }

    /**
     * Opens a file.
     *
     * @throws InvalidCheckpointException if it is no checkpoint
     */
    static CheckpointFile open(final Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidCheckpointException("checkpoint not found: file=" + file);
        }
        ZipFile zip = null;
        try {
            zip = new ZipFile(file.toFile(), UTF_8);
            return new CheckpointFile(file, zip);
        } catch (final IOException | IllegalArgumentException e) {
            close(zip);
            throw damaged(file, e);
        } catch (final RuntimeException e) {
            close(zip);
            throw e;
        }
    }

    static InvalidCheckpointException damaged(final Path file, final Exception cause) {
        return new InvalidCheckpointException(
                "not a checkpoint, or truncated or changed: file=" + file + ", " + Printable.text(cause.getMessage()),
                cause);
    }

    private Metadata readMetadata() throws IOException {
        return Metadata.ofJson(new String(bytes(Metadata.ENTRY), UTF_8));
    }

    /** Whether there is an entry of this name, without {@code .npy}. */
    boolean has(final String name) {
        return zip.getEntry(name + ".npy") != null;
    }

    /** The content of an entry that holds bytes. */
    byte[] bytes(final String name) throws IOException {
        final ZipEntry entry = entry(name);
        final long longest = Math.min(LONGEST_METADATA, Files.size(file));
        try (NpzContent content = new NpzContent(zip, entry)) {
            final NpyHeader header = content.header();
            final int length = header.shape().length == 1 ? header.shape()[0] : -1;
            if (!header.descr().equals(NpyHeader.BYTES) || length < 0 || length > Math.min(longest, entry.getSize())) {
                throw new IllegalArgumentException("the metadata has the wrong .npy header: " + header);
            }
            final byte[] bytes = new byte[length];
            content.read(bytes, length);
            content.checkEnd();
            return bytes;
        }
    }

    Metadata metadata() {
        return metadata;
    }

    /**
     * Reads all entries once.
     *
     * @throws InvalidCheckpointException if one is missing, or its CRC-32 is another
     */
    void verify() {
        try {
            for (final ArraySpec spec : metadata.specs()) {
                for (int file = 0; file <= spec.stateCount(); file++) {
                    try (Content content = content(spec, file)) {
                        content.readElements((index, bytes, offset, length) -> {});
                    }
                }
            }
        } catch (final IOException | IllegalArgumentException e) {
            throw damaged(file, e);
        }
    }

    /**
     * The content of an array, file 0, or of its state array k, file k + 1; at its first element. State of 16-bit
     * arrays has their type in version 1, and is widened.
     */
    Content content(final ArraySpec spec, final int file) throws IOException {
        final String name = entryName(spec, file);
        final NpzContent content = new NpzContent(zip, entry(name));
        try {
            return new Content(content, elements(name, content.header(), spec, file));
        } catch (final RuntimeException e) {
            content.close();
            throw e;
        }
    }

    private static StoredElements elements(
            final String name, final NpyHeader found, final ArraySpec spec, final int file) {
        try {
            return file > 0 && spec.elementType() == ElementType.BFLOAT16 && found.isOfTypeOf(header(spec, 0))
                    ? StoredElements.ofBfloat(found, header(spec, file))
                    : StoredElements.between(found, header(spec, file));
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "an entry has the wrong type or shape: entry=" + Printable.text(name) + ", " + e.getMessage(), e);
        }
    }

    /** The name, without {@code .npy}, of an array's entry or of its state's. */
    static String entryName(final ArraySpec spec, final int file) {
        return file == 0 ? spec.name() : spec.name() + "@state" + (file - 1);
    }

    /** The type of an array's entry, or of its state's. */
    private static ElementType type(final ArraySpec spec, final int file) {
        return file == 0 ? spec.elementType() : spec.elementType().stateType();
    }

    /** The header of an array's entry, or of its state's. */
    static NpyHeader header(final ArraySpec spec, final int file) {
        return new NpyHeader(NpyHeader.descr(type(spec, file)), spec.order(), spec.shape());
    }

    /** The header of the metadata's entry. */
    static NpyHeader metadataHeader(final int lengthBytes) {
        return new NpyHeader(NpyHeader.BYTES, ArrayOrder.C, new int[] {lengthBytes});
    }

    /** Whether Nd4j can read the entry. */
    static boolean isPlain(final ArraySpec spec, final int file) {
        final ElementType type = type(spec, file);
        return (type == ElementType.FLOAT32 || type == ElementType.FLOAT64) && spec.shape().length > 0;
    }

    private ZipEntry entry(final String name) {
        final ZipEntry entry = zip.getEntry(name + ".npy");
        if (entry == null) {
            throw new IllegalArgumentException("an entry is missing: entry=" + Printable.text(name) + ".npy");
        }
        return entry;
    }

    /** The elements of an array, or of its state, as the array has them. */
    static final class Content implements AutoCloseable {
        private final NpzContent content;
        private final StoredElements elements;

        private Content(final NpzContent content, final StoredElements elements) {
            this.content = content;
            this.elements = elements;
        }

        /** Reads all elements, and checks what comes after them. */
        void readElements(final StoredElements.Sink sink) throws IOException {
            content.readElements(elements, sink);
        }

        @Override
        public void close() throws IOException {
            content.close();
        }
    }

    @Override
    public void close() {
        close(zip);
    }

    private static void close(final ZipFile zip) {
        try {
            if (zip != null) {
                zip.close();
            }
        } catch (final IOException e) {
            System.getLogger(CheckpointFile.class.getName())
                    .log(System.Logger.Level.WARNING, "closing a checkpoint failed", e);
        }
    }
}
