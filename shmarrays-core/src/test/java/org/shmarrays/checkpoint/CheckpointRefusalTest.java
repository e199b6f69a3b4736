package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.segment.InsufficientSpaceException;
import org.shmarrays.segment.MemoryLimits;
import org.shmarrays.segment.SegmentExistsException;
import org.shmarrays.segment.SystemFiles;

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
                    .hasMessageContaining("one name: w@state0");
        }
    }

    @Test
    void shouldRefuseWhatIsNoCheckpoint() throws Exception {
        assertThatThrownBy(() -> Checkpoint.restore(place.file(), "x", place.settings()))
                .isInstanceOf(InvalidCheckpointException.class)
                .hasMessageContaining("no such file");
        Files.writeString(place.file(), "hello");
        assertThatThrownBy(() -> Checkpoint.restore(place.file(), "x", place.settings()))
                .isInstanceOf(InvalidCheckpointException.class)
                .hasMessageContaining("not a checkpoint");
    }

    @Test
    void shouldRefuseACopyOfTheWholeThatDoesNotFitIntoMemory() throws Exception {
        final Path root = place.directory().resolve("root");
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/meminfo"), "MemAvailable: 20480 kB\n");
        final MemoryLimits limits = MemoryLimits.of(new SystemFiles(root));
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 2 << 20);
        try (ShmArrays arrays = ShmArrays.create("big", List.of(spec), place.settings())) {
            assertThatThrownBy(() -> WholeCopy.of(arrays.segment(), limits))
                    .isInstanceOf(InsufficientSpaceException.class)
                    .hasMessageContainingAll(
                            "too little memory for a copy of the whole segment",
                            "needed=8.0 MiB, free=4.0 MiB",
                            "per partition");
        } finally {
            ShmArrays.remove("big", place.settings());
        }
    }
}
