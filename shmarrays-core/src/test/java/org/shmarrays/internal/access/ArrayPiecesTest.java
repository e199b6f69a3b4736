package org.shmarrays.internal.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.TornReadException;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;

class ArrayPiecesTest {
    /** 16 elements of float32 a partition, so 63 of them for a thousand. */
    private static final int PARTITION_BYTES = 64;

    private static final int ELEMENTS = 1000;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(4)
                .withPartitionBytes(PARTITION_BYTES)
                .withLockTimeout(Duration.ofMillis(50));
    }

    private ShmArrays create() {
        final ShmArrays arrays = ShmArrays.create(
                "s",
                List.of(
                        ArraySpec.of("before", FLOAT32, 3),
                        ArraySpec.of("w", FLOAT32, ELEMENTS).withAlias(new AliasSpec("part", 10, ArrayOrder.C, 5, 6))),
                settings());
        final float[] values = new float[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            values[i] = i;
        }
        arrays.write(Map.of("w", values));
        return arrays;
    }

    private static List<Float> read(final ShmArrays arrays, final String name) {
        final List<Float> values = new ArrayList<>();
        Doors.PIECES.of(arrays).read(name, (bytes, length) -> {
            assertThat(length).isPositive().isLessThanOrEqualTo(PARTITION_BYTES);
            final ByteBuffer piece = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.nativeOrder());
            while (piece.hasRemaining()) {
                values.add(piece.getFloat());
            }
        });
        return values;
    }

    @Test
    void shouldReadAllElementsInTheirOrderWithoutASlot() {
        try (ShmArrays arrays = create();
                ShmArrays reader = ShmArrays.attachReadOnly("s", settings())) {
            final List<Float> expected = new ArrayList<>();
            for (int i = 0; i < ELEMENTS; i++) {
                expected.add((float) i);
            }

            assertThat(read(reader, "w")).isEqualTo(expected);
            assertThat(read(arrays, "w")).isEqualTo(expected);
            assertThat(read(reader, "part")).isEqualTo(expected.subList(10, 40));
            assertThat(read(reader, "before")).containsExactly(0f, 0f, 0f);
            assertThat(arrays.status().workers()).hasSize(1);
        }
    }

    @Test
    void shouldPassOnWhatTheTakerThrows() {
        try (ShmArrays arrays = create()) {
            assertThatThrownBy(() -> Doors.PIECES.of(arrays).<Exception>read("w", (bytes, length) -> {
                        throw new InterruptedException("enough");
                    }))
                    .isInstanceOf(InterruptedException.class);
            assertThat(read(arrays, "before")).hasSize(3); // and the handle is free again
            assertThatThrownBy(() -> read(arrays, "v")).hasMessageContaining("array not in segment: name=v");
        }
    }

    @Test
    void shouldNotPassOffWhatIsHalfChangedAsWhole() {
        try (ShmArrays arrays = create();
                ShmArrays reader = ShmArrays.attachReadOnly("s", settings())) {
            Doors.SEGMENT.of(arrays).partitions().compareAndSetLock(20, 0, 1L << 50);
            Doors.SEGMENT.of(arrays).partitions().versionRelease(20, 7);

            assertThatThrownBy(() -> read(reader, "w"))
                    .isInstanceOf(TornReadException.class)
                    .hasMessageContaining("partition=20");
            Doors.SEGMENT.of(arrays).partitions().compareAndSetLock(20, 1L << 50, 0);
            assertThatThrownBy(() -> read(reader, "w")).isInstanceOf(DamagedPartitionException.class);
        }
    }
}
