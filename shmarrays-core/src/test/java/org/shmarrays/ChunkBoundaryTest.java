package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.ChunkFunction;

/** Chunks where partitions are shared, cut by aliases, or tiny; 16-bit elements; values that are not finite. */
class ChunkBoundaryTest {
    private SmallPartitions segments;
    private ShmArrays arrays;

    @BeforeEach
    void remember(@TempDir final Path directory) {
        segments = new SmallPartitions(directory);
    }

    @AfterEach
    void remove() {
        arrays.close();
        segments.remove();
    }

    private ArrayLayout layout(final String name) {
        return arrays.segment().layout().array(name);
    }

    private float[] file(final String name, final int file) {
        final float[] values = new float[arrays.array(name).elementCount()];
        if (file == 0) {
            arrays.array(name).readInto(values);
        } else {
            arrays.array(name).readStateInto(file - 1, values);
        }
        return values;
    }

    private void assertHolds(final String name, final float value) {
        for (int file = 0; file <= arrays.array(name).stateCount(); file++) {
            assertThat(file(name, file)).as("%s, file %d", name, file).containsOnly(value);
        }
    }

    private static List<List<Integer>> chunks(final ChunkPush push) {
        final List<List<Integer>> chunks = new ArrayList<>();
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            chunks.add(List.of(push.first(chunk), push.elementCount(chunk)));
        }
        return chunks;
    }

    /** Of 1 KiB: {@code big} has two partitions and most of a third, which it shares; {@code one} has a fourth. */
    private void createShared() {
        arrays = segments.create(
                ArraySpec.of("big", FLOAT32, 700).withState(2),
                ArraySpec.of("small", FLOAT32, 8).withState(2),
                ArraySpec.of("one", FLOAT32, 1).withState(2));
        assertThat(layout("big").partitionCount()).isEqualTo(3);
        assertThat(layout("small").firstPartition()).isEqualTo(layout("big").partitionsEnd() - 1);
        assertThat(layout("one").firstPartition()).isEqualTo(layout("big").partitionsEnd());
    }

    @Test
    void shouldChangeOneOfTheArraysOfAPartition() {
        createShared();
        for (final String name : List.of("big", "small", "one")) {
            final ChunkPush push = arrays.array(name).chunkPush();
            final AddInPlace add = new AddInPlace(push, 2);

            push.run(add);
            assertThatThrownBy(() -> push.run(add.failingAt(push.chunkCount() - 1)))
                    .isInstanceOf(UpdateFailedException.class);
        }

        // Where the last chunk failed, those before it had their second push.
        final int lastOfBig = arrays.array("big").chunkPush().first(2);
        final float[] big = new float[700];
        Arrays.fill(big, 0, lastOfBig, 2);
        Arrays.fill(big, lastOfBig, 700, 1);
        for (int file = 0; file <= 2; file++) {
            assertThat(file("big", file)).isEqualTo(big);
        }
        assertHolds("small", 1);
        assertHolds("one", 1);
    }

    @Test
    void shouldCutAnAliasWhereItsArrayIsCut() {
        arrays = segments.create(ArraySpec.of("w", FLOAT32, 700)
                .withState(1)
                .withAlias(new AliasSpec("head", 0, ArrayOrder.C, 223))
                .withAlias(new AliasSpec("neck", 223, ArrayOrder.C, 1))
                .withAlias(new AliasSpec("body", 224, ArrayOrder.C, 241))
                .withAlias(new AliasSpec("tail", 465, ArrayOrder.C, 235)));
        assertThat(chunks(arrays.array("w").chunkPush()))
                .containsExactly(List.of(0, 224), List.of(224, 240), List.of(464, 236));
        assertThat(chunks(arrays.array("head").chunkPush())).containsExactly(List.of(0, 223));
        assertThat(chunks(arrays.array("neck").chunkPush())).containsExactly(List.of(0, 1));
        assertThat(chunks(arrays.array("body").chunkPush())).containsExactly(List.of(0, 240), List.of(240, 1));
        assertThat(chunks(arrays.array("tail").chunkPush())).containsExactly(List.of(0, 235));
        final float[] expected = new float[700];
        for (final String name : List.of("body", "neck")) {
            final ChunkPush push = arrays.array(name).chunkPush();
            final AddInPlace add = new AddInPlace(push, 1);

            push.run(add);
            assertThatThrownBy(() -> push.run(add.failingAt(0))).isInstanceOf(UpdateFailedException.class);
        }

        Arrays.fill(expected, 223, 465, 1);
        assertThat(file("w", 0)).isEqualTo(expected);
        assertThat(file("w", 1)).isEqualTo(expected);
    }

    @Test
    void shouldPutSixteenBitsAndTheirFloat32StateBack() {
        arrays = segments.create(
                ArraySpec.of("before", FLOAT16, 3).withState(2),
                ArraySpec.of("f", FLOAT16, 1100).withState(2),
                ArraySpec.of("b", BFLOAT16, 1100).withState(2));
        for (final String name : List.of("f", "b")) {
            final ArrayHandle handle = arrays.array(name);
            final short one = name.equals("f") ? (short) 0x3c00 : (short) 0x3f80;
            final ChunkPush push = handle.chunkPush();
            final ShortBuffer values = (ShortBuffer) push.typedView();
            final FloatBuffer m = (FloatBuffer) push.typedStateView(0);
            final FloatBuffer v = (FloatBuffer) push.typedStateView(1);
            assertThat(push.chunkCount()).isEqualTo(3);
            final ChunkFunction ones = (chunk, first, count) -> {
                for (int i = first; i < first + count; i++) {
                    values.put(i, one);
                    m.put(i, 1 + 0x1p-20f);
                    v.put(i, i);
                }
            };
            push.run(ones);
            final float[] indexes = file(name, 2);

            assertThatThrownBy(() -> push.run((chunk, first, count) -> {
                        for (int i = first; i < first + count; i++) {
                            values.put(i, (short) i);
                            m.put(i, -i);
                            v.put(i, Float.NaN);
                        }
                        if (chunk == 0) {
                            throw new ArithmeticException("after all of it");
                        }
                    }))
                    .isInstanceOf(UpdateFailedException.class);

            assertThat(file(name, 0)).containsOnly(1);
            assertThat(file(name, 1)).containsOnly(1 + 0x1p-20f);
            assertThat(file(name, 2)).isEqualTo(indexes);
            assertThat(indexes[1099]).isEqualTo(1099);
        }
        assertHolds("before", 0);
    }

    private void createRejecting(final ArraySpec... specs) {
        arrays = ShmArrays.create("s", List.of(specs), segments.settings().withRejectNonFinite(true));
    }

    @Test
    void shouldPutBackAChunkThatIsNotFinite() {
        createRejecting(ArraySpec.of("w", FLOAT32, 700).withState(2));
        final ChunkPush push = arrays.array("w").chunkPush();
        final AddInPlace add = new AddInPlace(push, 2);
        final float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int file = 0; file <= 2; file++) {
            final int k = file;

            assertThatThrownBy(() -> push.run((chunk, first, count) -> {
                        add.update(chunk, first, count);
                        add.put(k, first + count - 1, bad[k]);
                    }))
                    .isInstanceOf(UpdateFailedException.class)
                    .hasCauseInstanceOf(NonFiniteValueException.class)
                    .hasMessageContaining("index=" + (push.elementCount(0) - 1)
                            + (file == 0 ? "" : " of state array " + (file - 1)) + ", value=" + bad[file])
                    .satisfies(failed -> assertThatThrownBy(((UpdateFailedException) failed)::resume)
                            .isInstanceOf(IllegalStateException.class));

            assertHolds("w", 0);
        }
        push.run(add);
        assertHolds("w", 1);
    }

    @Test
    void shouldSeeWhatIsNotFiniteInSixteenBits() {
        createRejecting(ArraySpec.of("h", FLOAT16, 700).withState(1));
        final ChunkPush push = arrays.array("h").chunkPush();
        final ShortBuffer values = (ShortBuffer) push.typedView();

        assertThatThrownBy(() -> push.run((chunk, first, count) -> values.put(first + 5, (short) 0x7c00)))
                .hasCauseInstanceOf(NonFiniteValueException.class)
                .hasMessageContaining("index=5, value=Infinity as FLOAT16");

        assertHolds("h", 0);
    }

    @Test
    void shouldSayThatALockFreeChunkIsNotFinite() {
        createRejecting(ArraySpec.of("h", FLOAT32, 700).inMode(Mode.HOGWILD).withState(2));
        final ChunkPush push = arrays.array("h").chunkPush();
        final AddInPlace add = new AddInPlace(push, 2);

        assertThatThrownBy(() -> push.run((chunk, first, count) -> {
                    add.update(chunk, first, count);
                    add.put(0, first, Float.NaN);
                }))
                .hasCauseInstanceOf(NonFiniteValueException.class)
                .hasMessageContaining("this partition keeps what the function stored before the failure");

        assertThat(file("h", 0)[0]).isNaN();
        assertThat(file("h", 0)[1]).isEqualTo(1);
        assertThat(file("h", 0)[699]).isZero();
    }
}
