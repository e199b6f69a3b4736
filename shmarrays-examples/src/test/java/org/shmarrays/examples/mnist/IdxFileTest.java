package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {
    private static final byte[] TWO_BY_THREE = RandomImages.idx(new int[] {2, 3}, new byte[] {1, 2, 3, 4, 5, -1});

    @Test
    void shouldReadDimensionsAndElements() {
        final IdxFile file = RandomImages.parse(TWO_BY_THREE);

        assertThat(file.rank()).isEqualTo(2);
        assertThat(file.dim(0)).isEqualTo(2);
        assertThat(file.dim(1)).isEqualTo(3);
        assertThat(file.elements()).containsExactly(1, 2, 3, 4, 5, -1);
    }

    @Test
    void shouldRecogniseGzipByContent() throws IOException {
        assertThat(RandomImages.parse(gzipped(TWO_BY_THREE)).elements()).containsExactly(1, 2, 3, 4, 5, -1);
    }

    @Test
    void shouldRefuseMissingFile(@TempDir final Path directory) {
        assertThatThrownBy(() -> IdxFile.read(directory.resolve("absent")))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("no such file: " + directory.resolve("absent"));
    }

    @Test
    void shouldRefuseEveryTruncation() {
        for (int length = 0; length < TWO_BY_THREE.length; length++) {
            final byte[] cut = Arrays.copyOf(TWO_BY_THREE, length);
            assertThatThrownBy(() -> RandomImages.parse(cut))
                    .as("length=" + length)
                    .isInstanceOf(MnistDataException.class)
                    .hasMessageContaining("file=test");
        }
        assertThatThrownBy(() -> RandomImages.parse(Arrays.copyOf(TWO_BY_THREE, TWO_BY_THREE.length - 1)))
                .hasMessageContaining("cut short: file=test, dims=[2, 3], elements=5, expected=6");
    }

    @Test
    void shouldRefuseEveryTruncationOfGzip() throws IOException {
        final byte[] packed = gzipped(TWO_BY_THREE);
        for (int length = 2; length < packed.length; length++) {
            final byte[] cut = Arrays.copyOf(packed, length);
            assertThatThrownBy(() -> RandomImages.parse(cut))
                    .as("length=" + length)
                    .isInstanceOf(MnistDataException.class)
                    .hasMessageContaining("gzip");
        }
    }

    @Test
    void shouldRefuseDamagedGzip() throws IOException {
        final byte[] packed = gzipped(TWO_BY_THREE);
        packed[packed.length - 5] ^= 1; // in the checksum, which the last eight bytes begin with

        assertThatThrownBy(() -> RandomImages.parse(packed))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void shouldRefuseTrailingBytes() {
        assertThatThrownBy(() -> RandomImages.parse(Arrays.copyOf(TWO_BY_THREE, TWO_BY_THREE.length + 1)))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("goes on after its last element: file=test, dims=[2, 3], elements=6");
    }

    @Test
    void shouldRefuseAnotherMagic() {
        final byte[] floats = TWO_BY_THREE.clone();
        floats[2] = 0x0D;
        assertThatThrownBy(() -> RandomImages.parse(floats))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("first bytes=00000d02");
        final byte[] rank0 = TWO_BY_THREE.clone();
        rank0[3] = 0;
        assertThatThrownBy(() -> RandomImages.parse(rank0)).hasMessageContaining("first bytes=00000800");
        final byte[] rank4 = TWO_BY_THREE.clone();
        rank4[3] = 4;
        assertThatThrownBy(() -> RandomImages.parse(rank4)).hasMessageContaining("first bytes=00000804");
    }

    @Test
    void shouldRefuseImpossibleDimensions() {
        for (final int[] dims :
                new int[][] {{0}, {-1}, {-2, -3}, {1 << 16, 1 << 15}, {1 << 30, 1 << 30, 1 << 30}, {1 << 20, 1 << 20, 0}
                }) {
            assertThatThrownBy(() -> RandomImages.parse(RandomImages.idx(dims, new byte[10])))
                    .as(Arrays.toString(dims))
                    .isInstanceOf(MnistDataException.class)
                    .hasMessageContaining("impossible dimensions: file=test, dims=" + Arrays.toString(dims));
        }
    }

    @Test
    void shouldNotAllocateWhatTheHeaderOnlyClaims() {
        assertThatThrownBy(() -> RandomImages.parse(RandomImages.idx(new int[] {2_000_000_000}, new byte[10])))
                .isInstanceOf(MnistDataException.class)
                .hasMessageContaining("elements=10, expected=2000000000");
    }

    @Test
    void shouldReadMoreThanItBelievesAtFirst() throws IOException {
        final byte[] content = new byte[(64 << 20) + 5];
        new SplittableRandom(3).nextBytes(content);
        final byte[] header = Arrays.copyOf(RandomImages.idx(new int[] {content.length}, new byte[0]), 8);

        final IdxFile file = IdxFile.read(
                "test", new SequenceInputStream(new ByteArrayInputStream(header), new ByteArrayInputStream(content)));

        assertThat(Arrays.equals(file.elements(), content)).isTrue();
    }

    static byte[] gzipped(final byte[] content) throws IOException {
        final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        return packed.toByteArray();
    }
}
