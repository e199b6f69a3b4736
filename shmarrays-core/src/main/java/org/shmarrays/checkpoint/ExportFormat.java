package org.shmarrays.checkpoint;

import java.nio.file.Path;

/** A format in which values are written for other programs. */
public enum ExportFormat {
    /** {@code .npz}, for numpy and ND4J. bfloat16, which numpy does not have, is written as its raw bits (uint16). */
    NPZ,
    /** {@code .safetensors}, for PyTorch and others. Every array is in order C, and bfloat16 is BF16. */
    SAFETENSORS;

    /** SAFETENSORS for a name that ends in {@code .safetensors}, else NPZ. */
    public static ExportFormat of(final Path file) {
        return file.toString().endsWith(".safetensors") ? SAFETENSORS : NPZ;
    }
}
