package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;

/**
 * The MNIST database of handwritten digits: 60,000 images to train with and 10,000 to test with. They are read
 * each time that they are asked for. Any thread.
 */
public final class MnistData {
    private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
    private static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
    private static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
    private static final String TEST_LABELS = "t10k-labels-idx1-ubyte";
    private static final Map<String, String> MD5 = Map.of(
            TRAIN_IMAGES, "6bbc9ace898e44ae57da46a324031adb",
            TRAIN_LABELS, "a25bea736e30d166cdddb491f175f624",
            TEST_IMAGES, "2646ac647ad5339dbf082846283269ea",
            TEST_LABELS, "27ae3e4e09519cfbb04c329615203637");

    private final Function<String, IdxFile> files;

    private MnistData(final Function<String, IdxFile> files) {
        this.files = files;
    }

    /** The real data set, which comes with this module. */
    public static MnistData bundled() {
        return new MnistData(name -> resource(name, MD5.get(name)));
    }

    /**
     * The four files of a directory. Each may be gzipped, end in {@code .gz} or not, and be spelt with a dot, as
     * {@code train-images.idx3-ubyte}.
     *
     * @throws MnistDataException if a file is missing.
     */
    public static MnistData from(final Path directory) {
        MD5.keySet().stream().sorted().forEach(name -> find(directory, name));
        return new MnistData(name -> IdxFile.read(find(directory, name)));
    }

    /**
     * What workers draw their minibatches from. It takes half a second.
     *
     * @throws MnistDataException if a file is malformed or of other content than the database's, or the two do not fit together.
     */
    public LabelledImages train() {
        return LabelledImages.of(files.apply(TRAIN_IMAGES), files.apply(TRAIN_LABELS));
    }

    /** What a network is evaluated on; errors as of {@link #train()}. */
    public LabelledImages test() {
        return LabelledImages.of(files.apply(TEST_IMAGES), files.apply(TEST_LABELS));
    }

    static IdxFile resource(final String name, final String md5) {
        final String resource = name + ".gz";
        try (InputStream packed = MnistData.class.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new MnistDataException("data set is not on the class path: resource="
                        + MnistData.class.getPackageName().replace('.', '/') + "/" + resource
                        + "; read it from a directory instead");
            }
            final DigestInputStream content = new DigestInputStream(new GZIPInputStream(packed, 1 << 16), md5());
            final IdxFile file = IdxFile.read(resource, content);
            final String actual =
                    HexFormat.of().formatHex(content.getMessageDigest().digest());
            if (!actual.equals(md5)) {
                throw new MnistDataException("data set has been changed: resource=" + resource + ", md5=" + actual
                        + ", expected=" + md5 + "; build this module again");
            }
            return file;
        } catch (final IOException e) {
            throw new MnistDataException("cannot read: resource=" + resource + ": " + e.getMessage(), e);
        }
    }

    private static Path find(final Path directory, final String name) {
        final String dotted = name.replace("-idx", ".idx");
        final List<String> spellings = List.of(name, name + ".gz", dotted, dotted + ".gz");
        for (final String spelling : spellings) {
            final Path file = directory.resolve(spelling);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        throw new MnistDataException("MNIST file is missing: directory=" + directory.toAbsolutePath() + ", any of="
                + spellings + "; put it there or use the bundled data set");
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }
}
