package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistDataTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void writeTwoSets() throws IOException {
        write("train-images-idx3-ubyte", RandomImages.idx(new int[] {3, 28, 28}, new byte[3 * 784]));
        write("train-labels-idx1-ubyte", RandomImages.idx(new int[] {3}, new byte[] {7, 8, 9}));
        write("t10k-images-idx3-ubyte", RandomImages.idx(new int[] {2, 28, 28}, new byte[2 * 784]));
        write("t10k-labels-idx1-ubyte", RandomImages.idx(new int[] {2}, new byte[] {0, 1}));
    }

    /** Counts and first labels as the database's own page and every tutorial show them. */
    @Test
    void shouldBundleTheRealData() {
        final MnistData data = MnistData.bundled();

        assertThat(data.train().labels()).hasSize(60_000).startsWith(5, 0, 4, 1, 9, 2, 1, 3, 1, 4);
        assertThat(data.test().labels()).hasSize(10_000).startsWith(7, 2, 1, 0, 4, 1, 4, 9, 5, 9);
    }

    /** 0.1307 and 0.3081 are the mean and standard deviation of the training set's pixels. */
    @Test
    void shouldNormaliseTheTrainingSet() {
        final LabelledImages train = MnistData.bundled().train();
        final Batch image = new Batch(1);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < train.count(); i++) {
            image.clear();
            image.add(train, i);
            for (final float pixel : image.pixels()) {
                sum += pixel;
                squares += (double) pixel * pixel;
            }
        }
        final double count = (double) train.count() * LabelledImages.PIXELS;

        assertThat(sum / count).isCloseTo(0, within(1e-3));
        assertThat(squares / count).isCloseTo(1, within(1e-3));
    }

    @Test
    void shouldRefuseChangedBundledData() {
        assertThatThrownBy(() -> MnistData.resource("t10k-labels-idx1-ubyte", "0"))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("md5=27ae3e4e09519cfbb04c329615203637, expected=0");
        assertThatThrownBy(() -> MnistData.resource("absent", "0"))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("org/shmarrays/examples/mnist/absent.gz");
    }

    @Test
    void shouldReadDirectoryInEverySpelling() throws IOException {
        rename("train-images-idx3-ubyte", "train-images.idx3-ubyte");
        final Path labels = directory.resolve("t10k-labels-idx1-ubyte");
        write("t10k-labels-idx1-ubyte.gz", IdxFileTest.gzipped(Files.readAllBytes(labels)));
        Files.delete(labels);
        final Path images = directory.resolve("t10k-images-idx3-ubyte");
        write("t10k-images.idx3-ubyte.gz", IdxFileTest.gzipped(Files.readAllBytes(images)));
        Files.delete(images);

        final MnistData data = MnistData.from(directory);

        assertThat(data.train().labels()).containsExactly(7, 8, 9);
        assertThat(data.test().labels()).containsExactly(0, 1);
    }

    @Test
    void shouldNameTheMissingFile() throws IOException {
        Files.delete(directory.resolve("t10k-labels-idx1-ubyte"));

        assertThatThrownBy(() -> MnistData.from(directory))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("directory=" + directory)
                .hasMessageContaining("t10k-labels-idx1-ubyte.gz");
    }

    @Test
    void shouldRefuseImagesOfAnotherSize() throws IOException {
        write("train-images-idx3-ubyte", RandomImages.idx(new int[] {3, 28, 27}, new byte[3 * 28 * 27]));

        assertThatThrownBy(() -> MnistData.from(directory).train())
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("not a file of 28x28 images")
                .hasMessageContaining("[3, 28, 27]");
    }

    @Test
    void shouldRefuseSwappedFiles() throws IOException {
        rename("train-images-idx3-ubyte", "images");
        rename("train-labels-idx1-ubyte", "train-images-idx3-ubyte");
        rename("images", "train-labels-idx1-ubyte");

        assertThatThrownBy(() -> MnistData.from(directory).train())
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("not a file of 28x28 images");
    }

    @Test
    void shouldRefuseImagesForLabels() throws IOException {
        write("train-labels-idx1-ubyte", RandomImages.idx(new int[] {3, 1}, new byte[3]));

        assertThatThrownBy(() -> MnistData.from(directory).train())
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("not a file of labels");
    }

    @Test
    void shouldRefuseDifferentCounts() throws IOException {
        write("t10k-labels-idx1-ubyte", RandomImages.idx(new int[] {3}, new byte[3]));

        assertThatThrownBy(() -> MnistData.from(directory).test())
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("[2, 28, 28]")
                .hasMessageContaining("ubyte[3]");
    }

    @Test
    void shouldRefuseLabelThatIsNoDigit() throws IOException {
        write("t10k-labels-idx1-ubyte", RandomImages.idx(new int[] {2}, new byte[] {9, (byte) 200}));

        assertThatThrownBy(() -> MnistData.from(directory).test())
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("index=1, label=200");
    }

    private void write(final String name, final byte[] content) throws IOException {
        Files.write(directory.resolve(name), content);
    }

    private void rename(final String from, final String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to));
    }
}
