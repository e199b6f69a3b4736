package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.MemoryLimits;
import org.shmarrays.internal.segment.SystemFiles;
import org.shmarrays.layout.ArraySpec;

/** What cannot be written or restored is refused, with a reason. */
class CheckpointRefusalTest {
    private CheckpointPlace place;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        place = new CheckpointPlace(directory);
    }

    @Test
    void shouldRefuseASegmentOfOtherArrays() {
        try (ShmArrays arrays = ShmArrays.create("a", List.of(ArraySpec.of("w", FLOAT32, 4)), place.settings());
                ShmArrays other = ShmArrays.create(
                        "b", List.of(ArraySpec.of("w", FLOAT32, 4).withState(1)), place.settings())) {
            Checkpoint.write(arrays, place.file());

            assertThatThrownBy(() -> Checkpoint.restoreInto(other, place.file()))
                    .isInstanceOf(InvalidCheckpointException.class)
                    .hasMessageContaining("segment has w:FLOAT32[4] LOCKED state=1, file has w:FLOAT32[4] LOCKED;");
            assertThatThrownBy(() -> Checkpoint.restore(place.file(), "b", place.settings()))
                    .isInstanceOf(SegmentExistsException.class);
        }
    }

    @Test
    void shouldRefuseNamesThatCollide() {
        final List<ArraySpec> specs =
                List.of(ArraySpec.of("w", FLOAT32, 4).withState(1), ArraySpec.of("w@state0", FLOAT32, 4));
        try (ShmArrays arrays = ShmArrays.create("a", specs, place.settings())) {
            assertThatThrownBy(() -> Checkpoint.write(arrays, place.file()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the same name: w@state0");
        }
    }

    /** numpy's {@code load} gives the values of w for the name w.npy. */
    @ParameterizedTest
    @CsvSource({"w, w.npy", "w.npy, w", "w@state0.npy, w", "w, __shmarrays__.npy"})
    void shouldRefuseNamesThatNumpyConfuses(final String first, final String second) throws Exception {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of(first, FLOAT32, 4).withState(1),
                ArraySpec.of(second, FLOAT32, 4).withState(1));
        final Checkpoint.Contents contents =
                new Checkpoint.Contents("a", Checkpoint.Consistency.WHOLE_SEGMENT, List.of(), 0, 0, 0);
        try (ShmArrays arrays = ShmArrays.create("a", specs, place.settings());
                FileChannel notes = FileChannel.open(
                        place.directory().resolve("notes"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThatThrownBy(() -> Checkpoint.write(arrays, place.file()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("numpy would read one entry for two: ")
                    .hasMessageContaining("; rename the array ");
            if (first.contains("@") || second.startsWith("__")) {
                return; // neither is in an export
            }
            assertThatThrownBy(() -> Checkpoint.export(place.file(), arrays))
                    .hasMessageContaining("numpy would read one entry for two: ");
            assertThat(place.file()).doesNotExist();
            assertThatThrownBy(() -> ArrayCheckpoint.write(
                            notes, contents, Map.of(first, new byte[1], second, new byte[1]), values -> {}))
                    .hasMessageContaining("numpy would read one entry for two: ");
            Checkpoint.export(place.directory().resolve("w.safetensors"), arrays);
        }
    }

    @Test
    void shouldRefuseWhatIsNoCheckpoint() throws Exception {
        assertThatThrownBy(() -> Checkpoint.restore(place.file(), "x", place.settings()))
                .isInstanceOf(InvalidCheckpointException.class)
                .hasMessageContaining("checkpoint not found");
        Files.writeString(place.file(), "hello");
        assertThatThrownBy(() -> Checkpoint.restore(place.file(), "x", place.settings()))
                .isInstanceOf(InvalidCheckpointException.class)
                .hasMessageContaining("not a checkpoint");
    }

    /** Whoever writes the metadata can't write to the terminal of whoever restores from them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"segment\": \"long-name\"' | '\"segment\": \"\\u001b[2J\"'",
                "'\"mode\": \"LOCKED\"'       | '\"mode\": \"\\u001b\"'",
                "'\"rounding\": \"NEAREST\"'  | '\"rounding\": \"\\u001b\", \"roundingSeed\": 1'",
                "'shmarrays-checkpoint'       | '\\u001b'",
                "PER_PARTITION                | '\\u001b'"
            })
    void shouldEscapeWhatTheMetadataSay(final String written, final String changed) throws Exception {
        try (ShmArrays arrays =
                ShmArrays.create("long-name", List.of(ArraySpec.of("w", FLOAT32, 4)), place.settings())) {
            Checkpoint.write(arrays, place.file());
        }
        changeMetadata(written, changed);

        assertThatThrownBy(() -> Checkpoint.describe(place.file()))
                .isInstanceOf(InvalidCheckpointException.class)
                .message()
                .contains("\\u001b")
                .doesNotContain("\u001b");
    }

    /** Rewrites the archive with other metadata, whose CRC-32 is right. */
    private void changeMetadata(final String written, final String changed) throws IOException {
        final Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(place.file().toFile())) {
            for (final ZipEntry entry : Collections.list(zip.entries())) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        final String name = Metadata.ENTRY + ".npy";
        final ByteArrayInputStream in = new ByteArrayInputStream(entries.get(name));
        NpyHeader.read(in);
        final String json = new String(in.readAllBytes(), UTF_8);
        assertThat(json).contains(written);
        final byte[] content = json.replace(written, changed).getBytes(UTF_8);
        final ByteArrayOutputStream npy = new ByteArrayOutputStream();
        npy.write(CheckpointFile.metadataHeader(content.length).encode());
        npy.write(content);
        entries.put(name, npy.toByteArray());
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(place.file()))) {
            for (final Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
    }

    @Test
    void shouldRefuseACopyOfTheWholeThatDoesNotFitIntoMemory() throws Exception {
        final Path root = place.directory().resolve("root");
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/meminfo"), "MemAvailable: 20480 kB\n");
        final MemoryLimits limits = MemoryLimits.of(new SystemFiles(root));
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 2 << 20);
        try (ShmArrays arrays = ShmArrays.create("big", List.of(spec), place.settings())) {
            assertThatThrownBy(() -> WholeCopy.of(Doors.SEGMENT.of(arrays), limits))
                    .isInstanceOf(InsufficientSpaceException.class)
                    .hasMessageContainingAll(
                            "not enough memory for a copy of the whole segment",
                            "needed=8.0 MiB, free=4.0 MiB",
                            "per partition");
        } finally {
            ShmArrays.remove("big", place.settings());
        }
    }
}
