package org.shmarrays.checkpoint;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A {@code .npy}: one array, whose name is the file's without {@code .npy}. */
final class NpyFile extends ArrayFile {
    private final Path path;
    private final String name;
    private final NpyHeader header;

    private NpyFile(final Path path, final NpyHeader header) {
        this.path = path;
        this.name = path.getFileName().toString().replaceFirst("\\.npy$", "");
        this.header = header;
    }

    static NpyFile open(final Path path) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
            return new NpyFile(path, NpyHeader.read(in));
        }
    }

    @Override
    Set<String> names() {
        return Set.of(name);
    }

    @Override
    int[] shape(final String array) {
        return header.shape();
    }

    @Override
    void read(final String array, final NpyHeader expected, final StoredElements.Sink sink) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
            elements(NpyHeader.read(in), expected).read((into, count) -> readAll(in, into, count), sink);
            if (in.read() >= 0) {
                throw new IllegalArgumentException("the file is longer than its array");
            }
        }
    }

    private static void readAll(final InputStream in, final byte[] into, final int count) throws IOException {
        if (in.readNBytes(into, 0, count) != count) {
            throw new EOFException("the file ends too early");
        }
    }

    @Override
    public void close() {}
}
