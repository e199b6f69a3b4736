package org.shmarrays.checkpoint;

import java.io.IOException;
import java.util.Set;

/**
 * A file of arrays that another program has written: {@code .npz} or {@code .npy} of numpy, or {@code .safetensors}.
 * Its first bytes say which of them it is, whatever its name. For one thread.
 */
abstract class ArrayFile implements AutoCloseable {
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
