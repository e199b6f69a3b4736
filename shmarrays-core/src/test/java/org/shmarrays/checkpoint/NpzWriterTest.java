package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives beyond the limits of the classic format are zip64. */
class NpzWriterTest {
    private static final long FIVE_GIB = 5L << 30;

    @TempDir
    private Path directory;

    private static NpyHeader bytes(final int length) {
        return CheckpointFile.metadataHeader(length);
    }

    private FileChannel create() throws Exception {
        return FileChannel.open(
                directory.resolve("c.npz"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.SPARSE,
                StandardOpenOption.WRITE);
    }

    private static int lastByte(final ZipFile zip, final String name) throws Exception {
        try (InputStream content = zip.getInputStream(zip.getEntry(name))) {
            final byte[] all = content.readAllBytes();
            return all[all.length - 1];
        }
    }

    @Test
    void shouldFindEntriesBehindFourGibibytes() throws Exception {
        try (FileChannel channel = create()) {
            final NpzWriter npz = new NpzWriter(channel, FIVE_GIB); // a hole: it takes no room
            npz.add("near", bytes(1), 1).append(new byte[] {1}, 0, 1);
            npz.endOfPlainEntries();
            npz.add("far", bytes(1), 1).append(new byte[] {2}, 0, 1);
            assertThat(npz.finish()).isEqualTo(channel.size()).isGreaterThan(FIVE_GIB);
        }

        try (ZipFile zip = new ZipFile(directory.resolve("c.npz").toFile())) {
            assertThat(lastByte(zip, "near.npy")).isEqualTo(1);
            assertThat(lastByte(zip, "far.npy")).isEqualTo(2);
        }
        Files.delete(directory.resolve("c.npz"));
    }

    @Test
    void shouldHoldMoreThan65535Entries() throws Exception {
        final int count = 66_000;
        try (FileChannel channel = create()) {
            final NpzWriter npz = new NpzWriter(channel);
            for (int i = 0; i < count; i++) {
                npz.add("e" + i, bytes(1), 1).append(new byte[] {(byte) i}, 0, 1);
            }
            npz.finish();
        }

        try (ZipFile zip = new ZipFile(directory.resolve("c.npz").toFile())) {
            assertThat(zip.size()).isEqualTo(count);
            assertThat(lastByte(zip, "e65999.npy")).isEqualTo((byte) 65_999);
        }
    }

    @Test
    void shouldRefuseToFinishWhenAnEntryIsNotComplete() throws Exception {
        try (FileChannel channel = create()) {
            final NpzWriter npz = new NpzWriter(channel);
            npz.add("w", bytes(2), 2).append(new byte[1], 0, 1);

            assertThatThrownBy(npz::finish)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("w.npy");
        }
    }
}
