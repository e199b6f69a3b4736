package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.layout.ArraySpec;

/** Another user's segment is refused unless asked for. Only root can make one, and so these tests are root's. */
class ForeignOwnerTest {
    private UserPrincipal other;

    @TempDir
    private Path directory;

    @BeforeEach
    void giveASegmentToAnotherUser() throws IOException {
        assumeTrue(
                Files.getOwner(Path.of("/proc/self")).getName().equals("root"),
                "only root can give a file to another user");
        ShmArrays.create("w", List.of(ArraySpec.of("w", FLOAT32, 2)), settings())
                .close();
        other = directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("bin");
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : (Iterable<Path>) files::iterator) {
                Files.setOwner(file, other);
            }
        }
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory);
    }

    @Test
    void shouldRefuseAnotherUsersSegment() {
        assertThatThrownBy(() -> ShmArrays.attach("w", settings()))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContaining("it belongs to another user")
                .hasMessageContaining("owner=bin")
                .hasMessageContaining("-Dshmarrays.foreign.owner=true");
    }

    @Test
    void shouldAttachToAnotherUsersSegmentWhenAskedTo() throws IOException {
        try (ShmArrays first = ShmArrays.attach("w", settings().withForeignOwner(true));
                ShmArrays second = ShmArrays.attach("w", settings().withForeignOwner(true))) {
            first.add(Map.of("w", new float[] {1, 2}));
            second.add(Map.of("w", new float[] {1, 2}));

            assertThat(first.read().get("w")).containsExactly(2, 4);
        }
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files)
                    .as("what root made there must be of use to the owner")
                    .allMatch(this::isOthers);
        }
    }

    @Test
    void shouldRefuseWhatOthersMayWriteToAlsoWhenAskedTo() throws IOException {
        Files.setPosixFilePermissions(
                directory.resolve("w").resolve("data-0.dat"), PosixFilePermissions.fromString("rw-rw----"));

        assertThatThrownBy(() -> ShmArrays.attach("w", settings().withForeignOwner(true)))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContaining("other users may write to it");
    }

    @Test
    void shouldRefuseAFileOfAThirdUserAlsoWhenAskedTo() throws IOException {
        final UserPrincipal third =
                directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("daemon");
        Files.setOwner(directory.resolve("w").resolve("data-0.dat"), third);

        assertThatThrownBy(() -> ShmArrays.attach("w", settings().withForeignOwner(true)))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContaining("owner=daemon");
    }

    private boolean isOthers(final Path file) {
        try {
            return Files.getOwner(file).equals(other);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }
}
