package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint.Consistency;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.segment.InsufficientSpaceException;
import org.shmarrays.segment.SegmentExistsException;

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
    void shouldRefuseASnapshotOfTheWholeThatDoesNotFitIntoMemory() {
        final long length = Math.min(1L << 30, Runtime.getRuntime().maxMemory());
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, (int) (length / 4 - 1024));
        Assumptions.assumeTrue(place.directory().toFile().getUsableSpace() > 4L << 30, "too little room on the disk");
        try (ShmArrays arrays = ShmArrays.create("big", List.of(spec), place.settings())) {
            assertThatThrownBy(() -> Checkpoint.write(arrays, place.file(), Consistency.WHOLE_SEGMENT))
                    .isInstanceOf(InsufficientSpaceException.class)
                    .hasMessageContaining("too little memory for a copy of the whole segment");
            arrays.array("w"); // nobody is held back
        }
        ShmArrays.remove("big", place.settings());
    }
}
