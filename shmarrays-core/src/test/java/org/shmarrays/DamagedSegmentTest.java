package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.layout.ControlOffsets;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;

/** Files that are not ours, or not whole, are refused, and never mapped as if they were. */
class DamagedSegmentTest {
    private static final int VERSION_OFFSET = 8;
    private static final int BYTE_ORDER_OFFSET = 12;
    private static final int CATALOG_LENGTH_OFFSET = 56;
    private static final int CATALOG_OFFSET = 512 + 1024;

    @TempDir
    private Path directory;

    private Path segment;
    private Path control;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(2).withAttachTimeout(Duration.ofMillis(20));
    }

    @BeforeEach
    void create() {
        segment = directory.resolve("s");
        control = segment.resolve("control.dat");
        ShmArrays.create(
                        "s",
                        List.of(
                                ArraySpec.of("w", FLOAT32, 100, 100)
                                        .withState(1)
                                        .withAlias(new AliasSpec("w0", 0, ArrayOrder.C, 10)),
                                ArraySpec.of("b", FLOAT32, 9)),
                        settings())
                .close();
    }

    private void assertRefused(final String... words) {
        assertThatThrownBy(() -> ShmArrays.attach("s", settings()))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContainingAll(words);
        assertThatThrownBy(() -> ShmArrays.attachReadOnly("s", settings()))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContainingAll(words);
        assertThatThrownBy(() ->
                        ShmArrays.createOrAttach("s", List.of(ArraySpec.of("b", FLOAT32, 9)), arrays -> {}, settings()))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContainingAll(words);
    }

    private static void overwrite(final Path file, final long offset, final byte... bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }

    private static void flip(final Path file, final int offset) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        overwrite(file, offset, (byte) (bytes[offset] ^ 0x10));
    }

    private static byte[] ofInt(final int value, final ByteOrder order) {
        return ByteBuffer.allocate(4).order(order).putInt(value).array();
    }

    @Test
    void shouldRefuseGarbage() throws IOException {
        Files.write(control, new byte[100]);
        assertRefused("length is out of range", "bytes=100");

        Files.write(control, new byte[0]);
        assertRefused("length is out of range", "bytes=0");

        final byte[] noise = new byte[5_000];
        new java.util.Random(3).nextBytes(noise);
        Files.write(control, noise);
        assertRefused("its magic number is wrong", "control.dat");
    }

    @Test
    void shouldRefuseAnotherMagic() throws IOException {
        overwrite(control, 0, (byte) 'X');
        assertRefused("not a file of shmarrays", "magic");
    }

    @Test
    void shouldRefuseAnotherLayoutVersion() throws IOException {
        overwrite(control, VERSION_OFFSET, ofInt(1, ByteOrder.nativeOrder()));
        assertRefused("another layout version", "version=1", "understood=3");

        overwrite(control, VERSION_OFFSET, ofInt(0, ByteOrder.nativeOrder()));
        assertRefused("another layout version", "version=0");
    }

    @Test
    void shouldRefuseAnotherByteOrder() throws IOException {
        overwrite(control, BYTE_ORDER_OFFSET, ofInt(0x04030201, ByteOrder.nativeOrder()));
        assertRefused("another byte order", "native=");
    }

    @Test
    void shouldRefuseAControlFileThatIsCutShort() throws IOException {
        try (FileChannel channel = FileChannel.open(control, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 128);
        }
        assertRefused("length differs from its header's");
        try (FileChannel channel = FileChannel.open(control, StandardOpenOption.WRITE)) {
            channel.truncate(511);
        }
        assertRefused("length is out of range", "bytes=511");
        Files.delete(control);
        assertRefused("it has no control file");
    }

    @Test
    void shouldRefuseFlippedBitsInTheHeader() throws IOException {
        for (int offset = BYTE_ORDER_OFFSET + 4; offset < 68; offset++) {
            flip(control, offset);
            assertRefused("header is damaged");
            flip(control, offset);
        }
        ShmArrays.attach("s", settings()).close();
    }

    @Test
    void shouldRefuseFlippedBitsInTheCatalog() throws IOException {
        final int length = ByteBuffer.wrap(Files.readAllBytes(control))
                .order(ByteOrder.nativeOrder())
                .getInt(CATALOG_LENGTH_OFFSET);
        assertThat(length).isBetween(100, 1_000);
        for (int offset = CATALOG_OFFSET; offset < CATALOG_OFFSET + length; offset++) {
            flip(control, offset);
            assertThatThrownBy(() -> ShmArrays.attachReadOnly("s", settings()))
                    .isInstanceOf(InvalidSegmentException.class)
                    .hasMessageContaining("the catalog is damaged");
            flip(control, offset);
        }
        ShmArrays.attach("s", settings()).close();
    }

    @Test
    void shouldRefuseDataFilesThatAreNotWhole() throws IOException {
        for (final String name : List.of("data-0.dat", "data-1.dat", "state-0-1.dat")) {
            final Path file = segment.resolve(name);
            final byte[] whole = Files.readAllBytes(file);
            Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 1));
            assertRefused("the wrong length", name, "expected=" + whole.length);
            Files.write(file, java.util.Arrays.copyOf(whole, whole.length + 1));
            assertRefused("the wrong length", name);
            Files.write(file, whole);
            flip(file, 3);
            assertRefused("belongs to another segment");
            Files.delete(file);
            assertRefused("is missing", name);
            Files.createSymbolicLink(file, control);
            assertRefused("symbolic links are not followed", name);
            Files.delete(file);
            Files.createDirectory(
                    file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            assertRefused("not a regular file", name);
            Files.delete(file);
            Files.write(file, whole);
        }
        ShmArrays.attach("s", settings()).close();
    }

    @Test
    void shouldRefuseLinks() throws IOException {
        final Path elsewhere = directory.resolve("elsewhere");
        Files.move(control, elsewhere);
        Files.createSymbolicLink(control, elsewhere);
        assertRefused("symbolic links are not followed", "control.dat");

        Files.createSymbolicLink(directory.resolve("link"), segment);
        assertThatThrownBy(() -> ShmArrays.attach("link", settings())).isInstanceOf(SegmentNotFoundException.class);
    }

    @Test
    void shouldRefuseDirectoriesThatOthersMayWriteTo() throws IOException {
        for (final Path path : List.of(directory, segment, control, segment.resolve("data-0.dat"))) {
            final var permissions = Files.getPosixFilePermissions(path);
            for (final String change : List.of("rwx-w----", "rwx----w-")) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(change));
                assertRefused("other users may write to it", path.toString());
            }
            Files.setPosixFilePermissions(path, permissions);
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> ShmArrays.create("t", List.of(ArraySpec.of("b", FLOAT32, 9)), settings()))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContaining("other users may write to it");
    }

    @Test
    void shouldRefuseFilesOfAnotherUser() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
        for (final Path path : List.of(control, segment.resolve("data-0.dat"), segment, directory)) {
            Files.setAttribute(path, "unix:uid", 12_345);
            assertRefused("belongs to another user", path.toString(), "owner=12345", "user=root");
            Files.setAttribute(path, "unix:uid", 0);
        }
    }

    @Test
    void shouldKeepFilesForTheOwnerAlone() throws IOException {
        try (ShmArrays arrays = ShmArrays.attach("s", settings());
                var files = Files.list(segment)) {
            assertThat(arrays.isReadOnly()).isFalse();
            assertThat(files)
                    .hasSizeGreaterThanOrEqualTo(5)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .as(file.toString())
                            .isEqualTo("rw-------"));
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(segment)))
                .isEqualTo("rwx------");
    }

    @Test
    void shouldRemoveWhatIsDamaged() throws IOException {
        overwrite(control, 0, (byte) 'X');

        ShmArrays.remove("s", settings());

        assertThat(directory.toFile().list()).isEmpty();
        ShmArrays.create("s", Map.of("a", new float[] {1}), settings()).close();
    }

    @Test
    void shouldRefuseASlotWhoseGenerationNoTokenHasRoomFor() throws IOException {
        final int slot;
        try (ShmArrays arrays = ShmArrays.attachReadOnly("s", settings())) {
            slot = ControlOffsets.slots(arrays.segment().controlLayout());
        }
        final ByteBuffer generation =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(0, 1L << 47);
        overwrite(control, slot, generation.array());

        assertThatThrownBy(() -> ShmArrays.attach("s", settings()))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContainingAll("slot=0", "generation=" + (1L << 47));
        ShmArrays.attachReadOnly("s", settings()).close();
    }
}
