package org.shmarrays.spark.examples;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.shmarrays.examples.mnist.MnistData;

/** The first images of MNIST, as the four files of a data set. */
final class SmallMnist {
    private static final int PIXELS = 28 * 28;

    private SmallMnist() {}

    /** Writes the files into a directory. */
    static void write(final Path directory, final int train, final int test) throws IOException {
        write(directory, "train-images-idx3-ubyte", train, 2 * Integer.BYTES, PIXELS);
        write(directory, "train-labels-idx1-ubyte", train, 0, 1);
        write(directory, "t10k-images-idx3-ubyte", test, 2 * Integer.BYTES, PIXELS);
        write(directory, "t10k-labels-idx1-ubyte", test, 0, 1);
    }

    /** A file begins with a magic number, the number of elements and their dimensions. */
    private static void write(
            final Path directory, final String name, final int count, final int dimensionBytes, final int elementBytes)
            throws IOException {
        try (DataInputStream all =
                        new DataInputStream(new GZIPInputStream(MnistData.class.getResourceAsStream(name + ".gz")));
                DataOutputStream few = new DataOutputStream(Files.newOutputStream(directory.resolve(name)))) {
            few.writeInt(all.readInt());
            all.readInt();
            few.writeInt(count);
            few.write(all.readNBytes(dimensionBytes + count * elementBytes));
        }
    }
}
