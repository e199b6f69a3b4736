package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;

/** Every way to delete a segment leaves what this library did not make, and everything beside it. */
class SegmentTreeTest {
    @TempDir
    private Path directory;

    private Settings settings;

    @BeforeEach
    void choose() {
        settings = Settings.fromProperties()
                .withDirectory(directory.resolve("root"))
                .withLeftovers(Settings.Leftovers.REPLACE);
        ShmArrays.create(
                        "s",
                        java.util.List.of(ArraySpec.of("w", FLOAT32, 8).withState(2), ArraySpec.of("b", FLOAT32, 8)),
                        arrays -> {},
                        settings)
                .close();
    }

    private interface Placing {
        void in(Path segment) throws IOException;
    }

    private static Arguments foreign(final String what, final Placing placing) {
        return Arguments.of(what, placing);
    }

    static Stream<Arguments> foreignContents() {
        return Stream.of(
                foreign("a file", place -> Files.writeString(place.resolve("notes.txt"), "mine")),
                foreign("a hidden file", place -> Files.writeString(place.resolve(".git"), "mine")),
                foreign("a name that is almost ours", place -> Files.createFile(place.resolve("data-0.dat.bak"))),
                foreign("a name in capitals", place -> Files.createFile(place.resolve("CONTROL.DAT"))),
                foreign("an empty directory", place -> Files.createDirectory(place.resolve("src"))),
                foreign(
                        "a tree",
                        place -> Files.createFile(Files.createDirectories(place.resolve("src/main"))
                                .resolve("Main.java"))),
                foreign("a directory of our name", place -> Files.createDirectory(place.resolve("slot-7.lock"))),
                foreign(
                        "a link of our name",
                        place -> Files.createSymbolicLink(
                                place.resolve("undo-7.dat"), place.resolveSibling("elsewhere"))),
                foreign(
                        "a dangling link of our name",
                        place -> Files.createSymbolicLink(place.resolve("undo-7.dat"), Path.of("nowhere"))),
                foreign(
                        "a link to a directory",
                        place ->
                                Files.createSymbolicLink(place.resolve("results"), place.resolveSibling("elsewhere"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("foreignContents")
    void shouldDeleteNothingOfASegmentBesideForeignContent(final String what, final Placing placing)
            throws IOException {
        final Path segment = Doors.ROOT.of(settings).segment("s");
        Files.createDirectories(segment.resolveSibling("elsewhere"));
        Files.writeString(segment.resolveSibling("elsewhere").resolve("kept.txt"), "mine");
        placing.in(segment);
        final Map<String, String> before = contents(directory);

        assertThatThrownBy(() -> ShmArrays.remove("s", settings))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContainingAll("not only a segment", segment.toString());
        assertThatThrownBy(() -> ShmArrays.createOrAttach(
                        "s", java.util.List.of(ArraySpec.of("w", FLOAT32, 8)), arrays -> {}, settings))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContaining("not only a segment");

        assertThat(contents(directory)).isEqualTo(before);
        ShmArrays.attachReadOnly("s", settings).close(); // not marked as removed either
    }

    @ParameterizedTest
    @ValueSource(strings = {".creating-s-123", ".removed-s-1a2b"})
    void shouldDeleteNothingUnfinishedBesideForeignContent(final String name) throws IOException {
        final Path segment = Doors.ROOT.of(settings).segment("s");
        final Path unfinished = Files.move(segment, segment.resolveSibling(name));
        Files.writeString(unfinished.resolve("notes.txt"), "mine");
        final Map<String, String> before = contents(directory);

        assertThatThrownBy(() -> ShmArrays.remove("s", settings))
                .isInstanceOf(InvalidSegmentException.class)
                .hasMessageContainingAll("\"notes.txt\"", unfinished.toString());

        assertThat(contents(directory)).isEqualTo(before);
        Files.delete(unfinished.resolve("notes.txt"));
        ShmArrays.remove("s", settings);
        assertThat(unfinished).doesNotExist();
    }

    static Stream<Arguments> directoriesOfOthers() {
        final byte[] numbers = new byte[64];
        ByteBuffer.wrap(numbers).putFloat(1).putFloat(2).putFloat(3).putFloat(4);
        return Stream.of(
                foreign("empty", place -> {}),
                foreign(
                        "text in a control.dat",
                        place -> Files.writeString(place.resolve("control.dat"), "setpoint 3")),
                foreign("a short control.dat", place -> Files.writeString(place.resolve("control.dat"), "on")),
                foreign("numbers in a data file", place -> Files.write(place.resolve("data-0.dat"), numbers)),
                foreign("zeros in a data file", place -> Files.write(place.resolve("data-0.dat"), new byte[64])),
                foreign("two uids", place -> {
                    Files.write(place.resolve("data-0.dat"), uid(UUID.randomUUID()));
                    Files.write(place.resolve("data-1.dat"), uid(UUID.randomUUID()));
                }),
                foreign("a pid in a lock", place -> Files.writeString(place.resolve("slot-0.lock"), "4711")),
                foreign("an empty lock", place -> Files.createFile(place.resolve("slot-0.lock"))));
    }

    private static byte[] uid(final UUID uid) {
        return ByteBuffer.allocate(64)
                .order(ByteOrder.nativeOrder())
                .putLong(uid.getMostSignificantBits())
                .putLong(uid.getLeastSignificantBits())
                .array();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("directoriesOfOthers")
    void shouldNotTakeOurNamesForProof(final String what, final Placing placing) throws IOException {
        placing.in(Files.createDirectory(Doors.ROOT.of(settings).segment("mine")));
        final Map<String, String> before = contents(directory);

        assertThatThrownBy(() -> ShmArrays.remove("mine", settings)).isInstanceOf(InvalidSegmentException.class);
        assertThatThrownBy(() -> ShmArrays.create("mine", Map.of("w", new float[1]), settings))
                .isInstanceOf(SegmentExistsException.class)
                .hasMessageContaining("is not a segment")
                .hasMessageNotContaining(" rm ");

        assertThat(contents(directory)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 20, 500, 2000})
    void shouldRemoveASegmentWhoseControlFileIsCutOff(final int lengthBytes) throws IOException {
        final Path control = Doors.ROOT.of(settings).segment("s").resolve("control.dat");
        Files.write(control, java.util.Arrays.copyOf(Files.readAllBytes(control), lengthBytes));

        ShmArrays.remove("s", settings);

        assertThat(directory.resolve("root")).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"control.dat", "data-0.dat", "state-1-0.dat", "undo-0.dat", "slot-0.lock"})
    void shouldRemoveASegmentThatLacksAFile(final String file) throws IOException {
        Files.deleteIfExists(Doors.ROOT.of(settings).segment("s").resolve(file));

        ShmArrays.remove("s", settings);

        assertThat(directory.resolve("root")).isEmptyDirectory();
    }

    @Test
    void shouldNotFollowALinkInTheSegmentsPlace() throws IOException {
        final Path segment = Doors.ROOT.of(settings).segment("s");
        Files.move(segment, directory.resolve("elsewhere"));
        Files.createSymbolicLink(segment, directory.resolve("elsewhere"));
        final Map<String, String> before = contents(directory);

        assertThatThrownBy(() -> ShmArrays.remove("s", settings)).isInstanceOf(SegmentNotFoundException.class);

        assertThat(contents(directory)).isEqualTo(before);
    }

    @Test
    void shouldRefuseAnEmptyPath() {
        assertThatThrownBy(() -> settings.withDirectory(Path.of("")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the path of the segment directory is empty");
    }

    /** Of every file, link and directory below: what it is, and its bytes. */
    private static Map<String, String> contents(final Path root) throws IOException {
        final Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            paths.forEach(path -> contents.put(root.relativize(path).toString(), content(path)));
        }
        return contents;
    }

    private static String content(final Path path) {
        try {
            if (Files.isSymbolicLink(path)) {
                return "-> " + Files.readSymbolicLink(path);
            }
            return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                    ? "directory"
                    : java.util.HexFormat.of().formatHex(Files.readAllBytes(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
