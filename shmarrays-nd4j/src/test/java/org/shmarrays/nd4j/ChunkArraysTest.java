package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

/** Views, and copies by the CPU's way and by that of devices, which works on the CPU too, give the same. */
class ChunkArraysTest {
    private static final int COUNT = 100;

    @TempDir
    private Path directory;

    private enum Way {
        VIEWS {
            @Override
            ChunkArrays of(final ArrayHandle array, final ChunkPush push) {
                return ChunkViews.of(array, push);
            }
        },
        COPIES_OF_CPU {
            @Override
            ChunkArrays of(final ArrayHandle array, final ChunkPush push) {
                return ChunkCopies.of(array, push, new OwnMemory());
            }
        },
        COPIES_OF_DEVICE {
            @Override
            ChunkArrays of(final ArrayHandle array, final ChunkPush push) {
                return ChunkCopies.of(array, push, new HostCopies());
            }
        };

        abstract ChunkArrays of(ArrayHandle array, ChunkPush push);
    }

    private static Stream<Arguments> waysAndTypes() {
        return Stream.of(Way.values())
                .flatMap(way -> Stream.of(ElementType.values())
                        .filter(type -> way != Way.VIEWS || type.sizeBytes() > Short.BYTES)
                        .map(type -> Arguments.of(way, type)));
    }

    private ShmArrays create(final ArraySpec spec) {
        return ShmArrays.create(
                "chunks",
                List.of(spec),
                Settings.fromProperties()
                        .withDirectory(directory.resolve("segments"))
                        .withPartitionBytes(64)
                        .withSlots(2));
    }

    private static double[] numbers(final Object carrier) {
        return JavaArrays.toArray(carrier, 'c', COUNT).castTo(DataType.DOUBLE).toDoubleVector();
    }

    private static double[] valuesOf(final ArrayHandle array) {
        final Object values = JavaArrays.allocate(ElementTypes.carried(array.elementType()), COUNT);
        array.readInto(values);
        return numbers(values);
    }

    private static double[] stateOf(final ArrayHandle array, final int state) {
        final Object values = JavaArrays.allocate(ElementTypes.carried(array.elementType()), COUNT);
        array.readStateInto(state, values);
        return numbers(values);
    }

    /** Twice, so that the second push begins with what the first one left, and not with another chunk's copy. */
    @ParameterizedTest
    @MethodSource("waysAndTypes")
    void shouldChangeValuesAndStateOfEachChunk(final Way way, final ElementType type) {
        try (ShmArrays arrays = create(ArraySpec.of("w", type, COUNT).withState(2))) {
            final ArrayHandle w = arrays.array("w");
            final ChunkPush push = w.chunkPush();
            final ChunkArrays memory = way.of(w, push);

            for (int i = 0; i < 2; i++) {
                push.run((chunk, first, count) -> {
                    memory.load(chunk);
                    assertThat(memory.values(chunk).length()).isEqualTo(count);
                    memory.values(chunk).addi(chunk + 1);
                    memory.states(chunk).get(1).addi(first);
                    memory.store(chunk);
                });
            }

            assertThat(push.chunkCount()).isGreaterThan(2);
            for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
                for (int i = push.first(chunk); i < push.first(chunk) + push.elementCount(chunk); i++) {
                    assertThat(valuesOf(w)[i]).isEqualTo(2 * (chunk + 1));
                    assertThat(stateOf(w, 0)[i]).isZero();
                    assertThat(stateOf(w, 1)[i]).isEqualTo(2 * push.first(chunk));
                }
            }
        }
    }

    /** The neighbours of 1 are 1 - 2^-11 and 1 + 2^-10, and for BFLOAT16 1 + 2^-7. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void shouldHoldWhatWasRounded(final ElementType type) {
        final float lastPlace = type == ElementType.FLOAT16 ? 0x1p-10f : 0x1p-7f;
        try (ShmArrays arrays = create(ArraySpec.of("w", type, COUNT).withState(1))) {
            final ArrayHandle w = arrays.array("w");
            final ChunkPush push = w.chunkPush();
            final ChunkArrays memory = ChunkArrays.of(w, push);

            push.run((chunk, first, count) -> {
                final INDArray values = memory.values(chunk);
                values.assign(1 + 0.75f * lastPlace);
                memory.states(chunk).get(0).assign(1 + 0.75f * lastPlace);
                memory.store(chunk);
                assertThat(values.toFloatVector()).containsOnly(1 + lastPlace);
            });

            assertThat(valuesOf(w)).containsOnly(1 + lastPlace);
            assertThat(stateOf(w, 0)).containsOnly(1 + 0.75f * lastPlace);
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldBeViewsWhereNothingIsConverted(final ElementType type) {
        try (ShmArrays arrays = create(ArraySpec.of("w", type, COUNT))) {
            final ChunkArrays memory =
                    ChunkArrays.of(arrays.array("w"), arrays.array("w").chunkPush());

            assertThat(memory).isInstanceOf(type.sizeBytes() == Short.BYTES ? ChunkCopies.class : ChunkViews.class);
            assertThat(memory.values(0).dataType()).isEqualTo(ElementTypes.carried(type));
        }
    }

    @Test
    void shouldReadButNotStoreOutsideOfAPush() {
        try (ShmArrays arrays =
                create(ArraySpec.of("w", ElementType.FLOAT32, COUNT).inMode(Mode.LOCKED))) {
            final ArrayHandle w = arrays.array("w");
            final ChunkArrays memory = ChunkCopies.of(w, w.chunkPush());
            final float[] ones = new float[COUNT];
            java.util.Arrays.fill(ones, 1);
            w.write(ones);

            memory.load(1);

            assertThat(memory.values(1).toFloatVector()).containsOnly(1);
            assertThatThrownBy(() -> memory.store(1)).isInstanceOf(IllegalStateException.class);
        }
    }
}
