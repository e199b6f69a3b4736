package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;

class SegmentSizeTest {
    private static final long LIMIT = 16L << 20;

    @TempDir
    private Path directory;

    @Test
    void shouldHoldAnMlpOfMnistAndSixtyFourWorkersInSixteenMebibytes() throws IOException {
        assertThat(bytesWithAllSlotsClaimed(List.of(
                        ArraySpec.of("W1", FLOAT32, 784, 128).withState(1),
                        ArraySpec.of("b1", FLOAT32, 128).withState(1),
                        ArraySpec.of("W2", FLOAT32, 128, 10).withState(1),
                        ArraySpec.of("b2", FLOAT32, 10).withState(1))))
                .isLessThan(LIMIT);
    }

    /** The network of PyTorch's mnist_hogwild: 21,840 parameters. */
    @Test
    void shouldHoldACnnOfMnistWithAdamAndSixtyFourWorkersInSixteenMebibytes() throws IOException {
        assertThat(bytesWithAllSlotsClaimed(List.of(
                        ArraySpec.of("conv1/W", FLOAT32, 10, 1, 5, 5).withState(2),
                        ArraySpec.of("conv1/b", FLOAT32, 10).withState(2),
                        ArraySpec.of("conv2/W", FLOAT32, 20, 10, 5, 5).withState(2),
                        ArraySpec.of("conv2/b", FLOAT32, 20).withState(2),
                        ArraySpec.of("fc1/W", FLOAT32, 320, 50).withState(2),
                        ArraySpec.of("fc1/b", FLOAT32, 50).withState(2),
                        ArraySpec.of("fc2/W", FLOAT32, 50, 10).withState(2),
                        ArraySpec.of("fc2/b", FLOAT32, 10).withState(2))))
                .isLessThan(LIMIT);
    }

    private long bytesWithAllSlotsClaimed(final List<ArraySpec> specs) throws IOException {
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withSlots(64);
        final List<ShmArrays> handles = new ArrayList<>();
        try {
            handles.add(ShmArrays.create("mnist", specs, settings));
            while (handles.size() < 64) {
                handles.add(handles.get(0).newHandle());
            }
            try (var files = Files.list(directory.resolve("mnist"))) {
                return files.mapToLong(SegmentSizeTest::bytesOnDisk).sum();
            }
        } finally {
            handles.forEach(ShmArrays::close);
        }
    }

    /** In whole pages. */
    private static long bytesOnDisk(final Path file) {
        try {
            return (Files.size(file) + 4095) / 4096 * 4096;
        } catch (final IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
