package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT64;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

/** Checkpoints of values that are in no segment. */
class ArrayCheckpointTest {
    private static final List<ArraySpec> SPECS = List.of(
            ArraySpec.of("count", INT64, 2),
            ArraySpec.of("w", FLOAT32, 2, 2).inOrder(ArrayOrder.F).inMode(Mode.HOGWILD),
            ArraySpec.of("v", FLOAT64, 3));

    private CheckpointPlace place;

    @BeforeEach
    void choose(@TempDir final Path directory) {
        place = new CheckpointPlace(directory);
    }

    private static Checkpoint.Contents contents(final List<ArraySpec> specs) {
        return new Checkpoint.Contents("hosts", Checkpoint.Consistency.WHOLE_SEGMENT, specs, 7, 70, 2);
    }

    private void write(
            final List<ArraySpec> specs, final Map<String, byte[]> notes, final ArrayCheckpoint.Values values)
            throws IOException {
        try (FileChannel file =
                FileChannel.open(place.file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ArrayCheckpoint.write(file, contents(specs), notes, values);
        }
    }

    private void writeAll() throws IOException {
        write(SPECS, Map.of("note", "about rounds".getBytes(UTF_8)), pieces -> {
            pieces.append("w", new float[] {1, 2, 3});
            pieces.append("v", new double[] {0.1});
            pieces.append("w", new float[] {4});
            pieces.append("v", new double[] {0.2, 0.3});
            pieces.append("count", new long[] {5, 6});
        });
    }

    @Test
    void shouldReadWhatWasAppendedInTurns() throws Exception {
        writeAll();

        try (ArrayCheckpoint checkpoint = ArrayCheckpoint.open(place.file())) {
            final float[] w = new float[4];
            final double[] v = new double[3];
            checkpoint.readInto("w", w);
            checkpoint.readInto("v", v);

            assertThat(w).containsExactly(1, 2, 3, 4);
            assertThat(v).containsExactly(0.1, 0.2, 0.3);
            final long[] count = new long[2];
            checkpoint.readInto("count", count);
            assertThat(count).containsExactly(5, 6);
            assertThat(checkpoint.specs()).isEqualTo(SPECS);
            assertThat(checkpoint.note("note")).hasValue("about rounds".getBytes(UTF_8));
            assertThat(checkpoint.note("other")).isEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> checkpoint.readInto("w", new float[3]))
                    .withMessageContaining("the values don't match the specification: w:FLOAT32[2, 2]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> checkpoint.readInto("count", new double[2]))
                    .withMessageContaining("the values don't match the specification: count:INT64[2]");
            assertThatExceptionOfType(InvalidCheckpointException.class).isThrownBy(() -> checkpoint.note("w"));
        }
    }

    @Test
    void shouldBeACheckpointOfASegment() throws Exception {
        writeAll();

        assertThat(Checkpoint.describe(place.file())).isEqualTo(contents(SPECS));
        try (ShmArrays restored = Checkpoint.restore(place.file(), "restored", place.settings())) {
            final float[] w = new float[4];
            final long[] count = new long[2];
            restored.array("w").readInto(w);
            restored.array("count").readInto(count);

            assertThat(w).containsExactly(1, 2, 3, 4);
            assertThat(count).containsExactly(5, 6);
            assertThat(restored.runControl().globalStep()).isEqualTo(7);
            assertThat(restored.runControl().samples()).isEqualTo(70);
            assertThat(restored.runControl().epoch()).isEqualTo(2);
        }
    }

    @Test
    void shouldRefuseAFileThatWasCut() throws Exception {
        writeAll();
        final byte[] bytes = Files.readAllBytes(place.file());
        Files.write(place.file(), Arrays.copyOf(bytes, bytes.length - 30));

        assertThatExceptionOfType(InvalidCheckpointException.class)
                .isThrownBy(() -> ArrayCheckpoint.open(place.file()))
                .withMessageContaining("not a checkpoint, or truncated or changed");
    }

    @Test
    void shouldRefuseWhatItCantWrite() {
        assertThatIllegalStateException()
                .isThrownBy(() -> write(SPECS, Map.of(), pieces -> pieces.append("w", new float[4])))
                .withMessageContaining("an entry is not complete");
        final List<ArraySpec> halves = List.of(ArraySpec.of("h", BFLOAT16, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayCheckpoint.write(null, contents(halves), Map.of(), pieces -> {}))
                .withMessageContaining("only arrays of 32 or 64 bits");
        final List<ArraySpec> one = List.of(ArraySpec.of("w", FLOAT32, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrayCheckpoint.write(null, contents(one), Map.of("w", new byte[0]), pieces -> {}))
                .withMessageContaining("two entries would have the same name: w; rename the note w");
    }
}
