package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

/** Whatever a function stores into a chunk, all of it is put back when it throws, and nothing else is touched. */
class ChunkUndoTest {
    private static final long SEED = 1_511;
    private static final int ROUNDS = 60;

    @TempDir
    private Path directory;

    @Test
    void shouldPutBackEveryByteOfTheChunkAndNoOther() {
        System.out.println("ChunkUndoTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            final List<ArraySpec> specs = specs(random);
            final Settings settings = Settings.fromProperties()
                    .withDirectory(directory)
                    .withSlots(1)
                    .withPartitionBytes(random.nextBoolean() ? 0 : 64 << random.nextInt(13));
            final String name = "round" + round;
            try (ShmArrays arrays = ShmArrays.create(name, specs, settings)) {
                for (final ArraySpec spec : specs) {
                    scramble(arrays, spec.name(), random);
                }
                final List<String> names = new ArrayList<>();
                for (final ArraySpec spec : specs) {
                    names.add(spec.name());
                    spec.aliases().forEach(alias -> names.add(alias.name()));
                }
                for (final String target : names) {
                    check(arrays, specs, target, random);
                }
            } finally {
                ShmArrays.remove(name, settings);
            }
        }
    }

    private static List<ArraySpec> specs(final Random random) {
        final List<ArraySpec> specs = new ArrayList<>();
        final int count = 1 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            final ElementType type = ElementType.values()[random.nextInt(ElementType.values().length)];
            final int elements = 1 + random.nextInt(1 << random.nextInt(14));
            final int first = random.nextInt(elements);
            specs.add(ArraySpec.of("a" + i, type, elements)
                    .inMode(Mode.LOCKED)
                    .withState(random.nextInt(4))
                    .withAlias(new AliasSpec(
                            "a" + i + "/part", first, ArrayOrder.C, 1 + random.nextInt(elements - first))));
        }
        return specs;
    }

    /** All files of an array: its values, then its state arrays. */
    private static List<ByteBuffer> files(final ShmArrays arrays, final String name) {
        final ArrayHandle handle = arrays.array(name);
        final List<ByteBuffer> files = new ArrayList<>(List.of(handle.view()));
        for (int k = 0; k < handle.stateCount(); k++) {
            files.add(handle.stateView(k));
        }
        return files;
    }

    private static List<byte[]> bytes(final ShmArrays arrays, final List<ArraySpec> specs) {
        final List<byte[]> all = new ArrayList<>();
        for (final ArraySpec spec : specs) {
            for (final ByteBuffer file : files(arrays, spec.name())) {
                final byte[] bytes = new byte[file.capacity()];
                file.get(0, bytes);
                all.add(bytes);
            }
        }
        return all;
    }

    private static void scramble(final ShmArrays arrays, final String name, final Random random) {
        for (final ByteBuffer file : files(arrays, name)) {
            scramble(file, 0, file.capacity(), random);
        }
    }

    private static void scramble(
            final List<ByteBuffer> files,
            final int elementCount,
            final int first,
            final int count,
            final Random random) {
        for (final ByteBuffer file : files) {
            final int sizeBytes = file.capacity() / elementCount;
            scramble(file, first * sizeBytes, (first + count) * sizeBytes, random);
        }
    }

    private static void scramble(final ByteBuffer file, final int from, final int to, final Random random) {
        final byte[] bytes = new byte[to - from];
        random.nextBytes(bytes);
        file.put(from, bytes);
    }

    private static void check(
            final ShmArrays arrays, final List<ArraySpec> specs, final String name, final Random random) {
        final ChunkPush push = arrays.array(name).chunkPush();
        final List<ByteBuffer> files = files(arrays, name);
        final int elementCount = arrays.array(name).elementCount();
        final int failing = random.nextInt(push.chunkCount());
        final List<byte[]> before = bytes(arrays, specs);

        assertThatThrownBy(() -> push.run((chunk, first, count) -> {
                    if (chunk != failing) {
                        return;
                    }
                    scramble(files, elementCount, first, count, random);
                    throw new ArithmeticException("after all of it");
                }))
                .isInstanceOf(UpdateFailedException.class)
                .hasMessageContaining("after all of it");

        assertThat(bytes(arrays, specs))
                .as("%s, chunk %d of %d of %s", name, failing, push.chunkCount(), specs)
                .usingElementComparator(Arrays::compare)
                .isEqualTo(before);
        push.run((chunk, first, count) -> {
            if (chunk == failing) {
                scramble(files, elementCount, first, count, random);
            }
        });
    }
}
