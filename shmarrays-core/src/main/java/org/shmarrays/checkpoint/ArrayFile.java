package org.shmarrays.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A file of arrays that another program has written: {@code .npz} or {@code .npy} of numpy, or {@code .safetensors}.
 * Its first bytes say which of them it is, whatever its name. For one thread.
 */
abstract class ArrayFile implements AutoCloseable {
    private static final int MAGIC_LENGTH = 6;

    /**
     * Opens a file.
     *
     * @throws IllegalArgumentException if it is none of these formats, or damaged
     * @throws IOException if it can't be read
     */
    static ArrayFile open(final Path path) throws IOException {
        final byte[] magic;
        try (InputStream in = Files.newInputStream(path)) {
            magic = in.readNBytes(MAGIC_LENGTH);
        }
        if (magic.length >= 2 && magic[0] == 'P' && magic[1] == 'K') {
            return NpzFile.open(path);
        }
        return NpyHeader.isMagic(magic) ? NpyFile.open(path) : SafetensorsFile.open(path);
    }

    /** Names of the arrays, in the order of the file. */
    abstract Set<String> names();

    /** The shape of an array. */
    abstract int[] shape(String name) throws IOException;

    /**
     * Reads an array.
     *
     * @param expected what the elements become
     * @param sink takes all of them
     * @throws IllegalArgumentException if the shapes differ, or a value has no equal in the expected type
     */
    abstract void read(String name, NpyHeader expected, StoredElements.Sink sink) throws IOException;

    /**
     * How the elements of a numpy type become those of an array of the same shape.
     *
     * @throws IllegalArgumentException if no conversion is exact
     */
    static StoredElements elements(final NpyHeader found, final NpyHeader expected) {
        try {
            return StoredElements.between(found, expected);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("the type can't be converted: " + e.getMessage(), e);
        }
    }

    @Override
    public abstract void close() throws IOException;
}
