package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A data set of the first images of MNIST. */
final class FewImages {
    private FewImages() {}

    /** Writes the four files into a directory, which must be there. */
    static void write(final Path directory, final int trainCount, final int testCount) throws IOException {
        write(directory, "train", MnistData.bundled().train(), trainCount);
        write(directory, "t10k", MnistData.bundled().test(), testCount);
    }

    private static void write(final Path directory, final String set, final LabelledImages images, final int count)
            throws IOException {
        final ByteBuffer pixels = images.pixels();
        final byte[] bytes = new byte[count * LabelledImages.PIXELS];
        pixels.get(bytes);
        final byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) images.label(i);
        }
        Files.write(directory.resolve(set + "-images-idx3-ubyte"), RandomImages.idx(new int[] {count, 28, 28}, bytes));
        Files.write(directory.resolve(set + "-labels-idx1-ubyte"), RandomImages.idx(new int[] {count}, labels));
    }
}
