package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Rounding;
import org.shmarrays.update.ChunkFunction;
import org.shmarrays.update.Updates;

/** Chunks that are copied out of the shared memory into Java arrays, and back. */
class ChunkCopiesTest {
    private static final int COUNT = 5_000;

    /** Where chunks lie in the Java arrays. */
    private static final int INDEX = 3;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(2).withPartitionBytes(2048);
    }

    private ShmArrays create(final ArraySpec spec) {
        return ShmArrays.create("copies", List.of(spec), settings());
    }

    private ShmArrays createFilled(final ArraySpec spec, final float value) {
        final float[] values = new float[COUNT];
        Arrays.fill(values, value);
        return ShmArrays.create(
                "copies", List.of(spec), created -> created.array("w").write(values), settings());
    }

    private static float[] valuesOf(final ShmArrays arrays) {
        final float[] values = new float[COUNT];
        arrays.array("w").readInto(values);
        return values;
    }

    /** Adds a number to the values and another one to the state arrays, by copies. */
    private static ChunkFunction adding(final ChunkPush push, final float toValues, final float... toStates) {
        final float[] copy = new float[INDEX + COUNT];
        return (chunk, first, count) -> {
            push.load(chunk, copy, INDEX);
            add(copy, count, toValues);
            push.store(chunk, copy, INDEX);
            for (int state = 0; state < toStates.length; state++) {
                push.loadState(chunk, state, copy, INDEX);
                add(copy, count, toStates[state]);
                push.storeState(chunk, state, copy, INDEX);
            }
        };
    }

    private static void add(final float[] copy, final int count, final float number) {
        for (int i = INDEX; i < INDEX + count; i++) {
            copy[i] += number;
        }
    }

    /** Each element gets its index, and each state array the index and the state's number, by an alias too. */
    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldStoreWhatEachTypeHolds(final ElementType type) {
        try (ShmArrays arrays = create(ArraySpec.of("w", type, COUNT)
                .withState(2)
                .withAlias(new AliasSpec("tail", 1_000, ArrayOrder.C, COUNT - 1_000)))) {
            for (final String name : List.of("w", "tail")) {
                final ChunkPush push = arrays.array(name).chunkPush();
                push.run((chunk, first, count) -> {
                    push.store(chunk, numbers(type, first), 0);
                    for (int state = 0; state < 2; state++) {
                        push.storeState(chunk, state, numbers(type.stateType(), first + state), 0);
                    }
                });

                final int count = arrays.array(name).elementCount();
                assertThat(push.chunkCount()).isGreaterThan(2);
                assertStored(arrays, name, type, count);
                for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
                    final Object loaded = ElementAccesses.of(type).allocate(INDEX + push.elementCount(chunk));
                    push.load(chunk, loaded, INDEX);
                    assertThat(java.lang.reflect.Array.get(loaded, INDEX))
                            .isEqualTo(java.lang.reflect.Array.get(numbers(type, push.first(chunk)), 0));
                }
            }
        }
    }

    /** The numbers from {@code first} on, of which all types hold those below 256. */
    private static Object numbers(final ElementType type, final int first) {
        final IntStream numbers = IntStream.range(first, first + COUNT).map(i -> i % 251);
        if (type.carrier() == double[].class) {
            return numbers.asDoubleStream().toArray();
        } else if (type.carrier() == int[].class) {
            return numbers.toArray();
        } else if (type.carrier() == long[].class) {
            return numbers.asLongStream().toArray();
        }
        final int[] ints = numbers.toArray();
        final float[] floats = new float[ints.length];
        for (int i = 0; i < ints.length; i++) {
            floats[i] = ints[i];
        }
        return floats;
    }

    private static void assertStored(
            final ShmArrays arrays, final String name, final ElementType type, final int count) {
        final Object values = ElementAccesses.of(type).allocate(count);
        arrays.array(name).readInto(values);
        assertStarts(values, numbers(type, 0), count);
        for (int state = 0; state < 2; state++) {
            final Object stored = ElementAccesses.of(type.stateType()).allocate(count);
            arrays.array(name).readStateInto(state, stored);
            assertStarts(stored, numbers(type.stateType(), state), count);
        }
    }

    private static void assertStarts(final Object actual, final Object expected, final int count) {
        for (int i = 0; i < count; i++) {
            assertThat(java.lang.reflect.Array.get(actual, i)).isEqualTo(java.lang.reflect.Array.get(expected, i));
        }
    }

    /** 1 + 2^-11 lies between 1 and its neighbour, 1 + 2^-10; a little more is nearer to that one. */
    @Test
    void shouldRoundToNearest() {
        try (ShmArrays arrays = createFilled(ArraySpec.of("w", FLOAT16, COUNT), 1)) {
            final ChunkPush push = arrays.array("w").chunkPush();
            push.run(adding(push, 0x1p-11f));
            assertThat(valuesOf(arrays)).containsOnly(1);
            push.run(adding(push, 0x1.001p-11f));
            assertThat(valuesOf(arrays)).containsOnly(1 + 0x1p-10f);
        }
    }

    /** What is stored under a lock is rounded as a ready-made update at the same version rounds it. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void shouldRoundStochasticallyAsOtherUpdatesDo(final ElementType type) {
        final ArraySpec spec = ArraySpec.of("w", type, COUNT).withRounding(Rounding.stochastic(12));
        final float[] expected;
        try (ShmArrays arrays = createFilled(spec, 1)) {
            final float[] step = new float[COUNT];
            Arrays.fill(step, 0.0003f);
            arrays.array("w").update(step, Updates.add());
            arrays.array("w").update(step, Updates.add());
            expected = valuesOf(arrays);
        }
        ShmArrays.remove("copies", settings());

        try (ShmArrays arrays = createFilled(spec, 1)) {
            final ChunkPush push = arrays.array("w").chunkPush();
            push.run(adding(push, 0.0003f));
            push.run(adding(push, 0.0003f));

            assertThat(Arrays.equals(valuesOf(arrays), expected)).isTrue();
            assertThat(expected).contains(1, 1 + (type == FLOAT16 ? 0x1p-10f : 0x1p-7f));
        }
    }

    @Test
    void shouldLeaveTheJavaArrayAlone() {
        final float[] from = new float[COUNT];
        Arrays.fill(from, 1.0003f);
        try (ShmArrays arrays = create(ArraySpec.of("w", BFLOAT16, COUNT).withRounding(Rounding.stochastic(12)))) {
            final ChunkPush push = arrays.array("w").chunkPush();
            push.run((chunk, first, count) -> push.store(chunk, from, 0));
            assertThat(from).containsOnly(1.0003f);
        }
    }

    /** 70,000 is more than a FLOAT16 can hold. */
    @Test
    void shouldRejectWhatIsStoredAsInfinity() {
        final float[] from = new float[COUNT];
        Arrays.fill(from, 70_000);
        try (ShmArrays arrays = ShmArrays.create(
                "copies", List.of(ArraySpec.of("w", FLOAT16, COUNT)), settings().withRejectNonFinite(true))) {
            final ChunkPush push = arrays.array("w").chunkPush();
            assertThatThrownBy(() -> push.run((chunk, first, count) -> push.store(chunk, from, 0)))
                    .isInstanceOf(UpdateFailedException.class)
                    .hasCauseInstanceOf(NonFiniteValueException.class);
            assertThat(valuesOf(arrays)).containsOnly(0);
        }
    }

    @Test
    void shouldPutBackWhatWasStored() {
        try (ShmArrays arrays = createFilled(ArraySpec.of("w", FLOAT16, COUNT).withState(1), 1)) {
            final ChunkPush push = arrays.array("w").chunkPush();
            final ChunkFunction adding = adding(push, 1, 1);
            assertThatThrownBy(() -> push.run((chunk, first, count) -> {
                        adding.update(chunk, first, count);
                        throw new ArithmeticException("after chunk " + chunk);
                    }))
                    .isInstanceOf(UpdateFailedException.class);
            final float[] state = new float[COUNT];
            arrays.array("w").readStateInto(0, state);
            assertThat(state).containsOnly(0);
            assertThat(valuesOf(arrays)).containsOnly(1);
        }
    }

    @Test
    void shouldAllocateNothing() {
        try (ShmArrays arrays =
                createFilled(ArraySpec.of("w", FLOAT16, COUNT).withState(2).withRounding(Rounding.stochastic(1)), 1)) {
            final ChunkPush push = arrays.array("w").chunkPush();
            final ChunkFunction adding = adding(push, 0.0001f, 1, 1);
            push.run(adding);

            Allocations.assertNone(() -> push.run(adding));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"LOCKED", "ORDERED"})
    void shouldRefuseToStoreIntoChunksOthersMayChange(final Mode mode) {
        final float[] from = new float[COUNT];
        try (ShmArrays arrays =
                create(ArraySpec.of("w", FLOAT32, COUNT).inMode(mode).withState(1))) {
            final ChunkPush push = arrays.array("w").chunkPush();
            assertThatThrownBy(() -> push.store(2, from, 0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a chunk of a locked array can be stored only while a push calls the function for it:"
                            + " name=w, chunk=2, no call in progress");
            assertThatThrownBy(() -> push.storeState(2, 0, from, 0)).isInstanceOf(IllegalStateException.class);
            push.run((chunk, first, count) -> {
                if (chunk == 1) {
                    assertThatThrownBy(() -> push.store(2, from, 0))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageEndingWith("chunk=2, call in progress for chunk 1");
                }
            });
            assertThatThrownBy(() -> push.store(2, from, 0)).hasMessageEndingWith("no call in progress");
        }
    }

    /** The chunks of a group are stored one by one, by the push they were made of, too. */
    @Test
    void shouldStoreInGroups() {
        final float[] from = new float[COUNT];
        Arrays.fill(from, 5);
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, COUNT))) {
            final ChunkPush push = arrays.array("w").chunkPush();
            push.withGroup(0, push.chunkCount(), new ChunkFunction.Group() {
                        @Override
                        public void prepare() {
                            assertThatThrownBy(() -> push.store(0, from, 0)).isInstanceOf(IllegalStateException.class);
                        }

                        @Override
                        public void update(final int chunk, final int first, final int count) {
                            push.store(chunk, from, 0);
                        }
                    })
                    .run((chunk, first, count) -> {});
            assertThat(valuesOf(arrays)).containsOnly(5);
        }
    }

    @Test
    void shouldStoreAtAnyTimeWhereThereAreNoLocks() {
        try (ShmArrays arrays = create(ArraySpec.of("w", FLOAT32, COUNT).inMode(Mode.HOGWILD))) {
            final ChunkPush push = arrays.array("w").chunkPush();
            push.store(0, numbers(FLOAT32, 7), 0);
            assertThat(valuesOf(arrays)[1]).isEqualTo(8);
        }
    }

    @Test
    void shouldStoreIntoASegmentThatIsBeingCreated() {
        try (ShmArrays arrays = ShmArrays.create(
                "copies",
                List.of(ArraySpec.of("w", FLOAT32, COUNT).inMode(Mode.ORDERED).withState(1)),
                created -> created.array("w").chunkPush().storeState(1, 0, numbers(FLOAT32, 0), 0),
                settings())) {
            final float[] state = new float[COUNT];
            arrays.array("w").readStateInto(0, state);
            assertThat(state[arrays.array("w").chunkPush().first(1) + 9]).isEqualTo(9);
        }
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        final ShmArrays arrays =
                create(ArraySpec.of("w", FLOAT16, COUNT).inMode(Mode.HOGWILD).withState(1));
        final ChunkPush push = arrays.array("w").chunkPush();
        final int count = push.elementCount(0);
        assertThatThrownBy(() -> push.load(0, new short[count], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the destination is not a Java array of the chunk's type: name=w, type=FLOAT16,"
                        + " expected=float[], given=short[]");
        assertThatThrownBy(() -> push.store(0, null, 0)).hasMessageContaining("given=null");
        assertThatThrownBy(() -> push.storeState(0, 0, new double[count], 0))
                .hasMessageContaining("the source is not a Java array of the chunk's type: name=w, type=FLOAT32");
        assertThatThrownBy(() -> push.load(0, new float[count], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the destination is too short for the chunk: name=w, index=1, elements=" + count
                        + ", length=" + count);
        assertThatThrownBy(() -> push.load(0, new float[count], -1)).hasMessageContaining("index=-1");
        assertThatThrownBy(() -> push.loadState(0, 1, new float[count], 0)).hasMessageContaining("no such state array");
        assertThatThrownBy(() -> push.load(push.chunkCount(), new float[count], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        arrays.close();
        assertThatThrownBy(() -> push.load(0, new float[count], 0)).hasMessageContaining("the handle is closed");
        assertThatThrownBy(() -> push.store(0, new float[count], 0)).hasMessageContaining("the handle is closed");
    }
}
