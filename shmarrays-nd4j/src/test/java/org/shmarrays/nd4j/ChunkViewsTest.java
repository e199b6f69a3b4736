package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

class ChunkViewsTest {
    private static final int COUNT = 100;

    @TempDir
    private Path directory;

    private ShmArrays create(final ArraySpec spec) {
        return ShmArrays.create(
                "chunks",
                List.of(spec),
                Settings.fromProperties()
                        .withDirectory(directory.resolve("segments"))
                        .withPartitionBytes(64)
                        .withSlots(2));
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED"})
    void shouldChangeValuesAndStateByViews(final Mode mode) {
        try (ShmArrays arrays = create(
                ArraySpec.of("w", ElementType.FLOAT64, COUNT).inMode(mode).withState(2))) {
            final ArrayHandle w = arrays.array("w");
            final ChunkPush push = w.chunkPush();
            final ChunkViews views = ChunkViews.of(w, push);

            push.run((chunk, first, count) -> {
                views.values().get(NDArrayIndex.interval(first, first + count)).addi(chunk + 1);
                views.states()
                        .get(1)
                        .get(NDArrayIndex.interval(first, first + count))
                        .addi(first);
            });

            final double[] values = new double[COUNT];
            final double[] state = new double[COUNT];
            w.readInto(values);
            w.readStateInto(1, state);
            assertThat(push.chunkCount()).isGreaterThan(2);
            for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
                final int last = push.first(chunk) + push.elementCount(chunk) - 1;
                assertThat(values[last]).isEqualTo(chunk + 1);
                assertThat(state[last]).isEqualTo(push.first(chunk));
            }
        }
    }

    @Test
    void shouldHaveTypesOfValuesAndState() {
        try (ShmArrays arrays =
                create(ArraySpec.of("w", ElementType.BFLOAT16, COUNT).withState(1))) {
            final ChunkViews views =
                    ChunkViews.of(arrays.array("w"), arrays.array("w").chunkPush());

            assertThat(views.values().dataType()).isEqualTo(DataType.BFLOAT16);
            assertThat(views.states().get(0).dataType()).isEqualTo(DataType.FLOAT);
            assertThat(views.states().get(0).length()).isEqualTo(COUNT);
        }
    }
}
