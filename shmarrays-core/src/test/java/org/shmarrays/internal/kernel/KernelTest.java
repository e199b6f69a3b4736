package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.NeedsKernels;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * The kernels of this JVM against the loops over heap blocks, bit for bit, with lengths around those of vectors and at
 * elements where no vector begins; and the loops against the formulas, one element at a time, in double precision.
 */
class KernelTest {
    private static final long SEED = 27_182;
    private static final int ROUNDS_TO_COMPILE = 20_000;
    private static final int ELEMENTS = 3_000;
    private static final int FILES = 3;
    private static final double[] SPECIAL = {
        0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-40, Float.MAX_VALUE, 1
    };

    @TempDir
    private Path directory;

    private enum Update {
        ASSIGN(Updates.assign()),
        ADD(Updates.add()),
        ADD_SCALED(Updates.addScaled(0.3)),
        EMA(Updates.ema(0.1)),
        SGD(Updates.sgd(0.01)),
        MOMENTUM(Updates.momentum(0.01, 0.9)),
        NESTEROV(Updates.nesterov(0.01, 0.9)),
        ADAGRAD(Updates.adaGrad(0.01, 1e-3)),
        RMSPROP(Updates.rmsProp(0.01, 0.9, 1e-3)),
        ADAM(Updates.adam(0.01, 0.9, 0.99, 1e-3)),
        ADAMW(Updates.adamW(0.01, 0.9, 0.99, 1e-3, 0.1));

        private final UpdateFunction function;

        Update(final UpdateFunction function) {
            this.function = function;
        }

        /** The formula: e holds w and the state arrays, and takes what they become. */
        void apply(final double g, final double[] e, final int t) {
            switch (this) {
                case ASSIGN -> e[0] = g;
                case ADD -> e[0] += g;
                case ADD_SCALED -> e[0] += 0.3 * g;
                case EMA -> e[0] = 0.1 * g + 0.9 * e[0];
                case SGD -> e[0] -= 0.01 * g;
                case MOMENTUM -> {
                    e[1] = 0.9 * e[1] + g;
                    e[0] -= 0.01 * e[1];
                }
                case NESTEROV -> {
                    e[1] = 0.9 * e[1] + g;
                    e[0] -= 0.01 * (g + 0.9 * e[1]);
                }
                case ADAGRAD -> {
                    e[1] += g * g;
                    e[0] -= 0.01 * g / (Math.sqrt(e[1]) + 1e-3);
                }
                case RMSPROP -> {
                    e[1] = 0.9 * e[1] + 0.1 * g * g;
                    e[0] -= 0.01 * g / (Math.sqrt(e[1]) + 1e-3);
                }
                case ADAM, ADAMW -> {
                    e[1] = 0.9 * e[1] + 0.1 * g;
                    e[2] = 0.99 * e[2] + 0.01 * g * g;
                    final double mHat = e[1] / (1 - Math.pow(0.9, t));
                    final double vHat = e[2] / (1 - Math.pow(0.99, t));
                    e[0] = (this == ADAMW ? 1 - 0.01 * 0.1 : 1) * e[0] - 0.01 * mHat / (Math.sqrt(vHat) + 1e-3);
                }
            }
        }
    }

    @BeforeAll
    static void printSeed() {
        System.out.println("KernelTest seed=" + SEED);
    }

    @Test
    void shouldHaveKernelsWhereTheBuildHasThem() {
        final int java = Runtime.version().feature();
        if (java == 17 || java >= 25) {
            assertThat(Kernel.of(ElementType.FLOAT32)).isNotNull();
            assertThat(Kernel.of(ElementType.FLOAT64)).isNotNull();
        }
        assertThat(Kernel.of(ElementType.FLOAT16)).isNull();
        assertThat(Kernel.of(ElementType.INT32)).isNull();
    }

    @Test
    @NeedsKernels
    @SuppressWarnings("unchecked") // the carrier of float32
    void shouldTouchNothingOutsideTheMemory() {
        final Kernel<float[]> kernel = (Kernel<float[]>) Kernel.of(ElementType.FLOAT32);
        final ByteBuffer bytes = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
        final Object[] memory = {kernel.memory(bytes.slice(1024, 1024))};
        final double[] one = {1};
        final float[] g = new float[1024];
        Arrays.fill(g, 1);
        for (int round = 0; round < ROUNDS_TO_COMPILE; round++) { // it must hold for compiled loops, too
            kernel.apply(Formula.ADD_SCALED, one, memory, 0, g, 0, 256);
        }
        for (final int offset : new int[] {-64, 1024, 1024 - 64, Integer.MIN_VALUE, Integer.MAX_VALUE - 63}) {
            assertThatThrownBy(() -> kernel.apply(Formula.ADD_SCALED, one, memory, offset, g, 0, 128))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> kernel.apply(Formula.ADD_SCALED, one, memory, 0, g, 0, 257))
                .isInstanceOf(IndexOutOfBoundsException.class);
        final int[] indexes = new int[3];
        for (int round = 0; round < ROUNDS_TO_COMPILE; round++) {
            kernel.applyToRuns(Formula.ADD_SCALED, one, memory, new int[] {512, 0, 960}, g, indexes, 3, 16);
        }
        for (final int[] offsets : new int[][] {
            {-64, 0, 64}, {0, 64, 1024}, {0, 1024 - 32, 64}, {64, Integer.MIN_VALUE, 0}, {Integer.MAX_VALUE - 63, 0, 64}
        }) {
            assertThatThrownBy(() -> kernel.applyToRuns(Formula.ADD_SCALED, one, memory, offsets, g, indexes, 3, 16))
                    .as("runs at %s", Arrays.toString(offsets))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        for (int i = 0; i < 4096; i += Float.BYTES) {
            if (i < 1024 || i >= 2048) {
                assertThat(bytes.getFloat(i)).as("float at %d", i).isZero();
            }
        }
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_17, disabledReason = "kernels of later Javas look at each store instead")
    void shouldTakeNoMemoryThatCannotBeWritten() {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(64).asReadOnlyBuffer();

        assertThatThrownBy(() -> Kernel.of(ElementType.FLOAT32).memory(bytes))
                .isInstanceOf(ReadOnlyBufferException.class);
    }

    @ParameterizedTest
    @EnumSource(Update.class)
    void shouldComputeAsTheLoopsDoToTheBit(final Update update) {
        for (final Mode mode : List.of(Mode.HOGWILD, Mode.LOCKED)) {
            compare(ElementType.FLOAT32, mode, update);
            compare(ElementType.FLOAT64, mode, update);
        }
    }

    private <A> void compare(final ElementType type, final Mode mode, final Update update) {
        final Random random = new Random(SEED);
        try (ShmArrays arrays = create(type, mode)) {
            final Memory<A> memory = new Memory<>(arrays, type);
            for (int count = 1; count <= ELEMENTS - 40; count += count < 60 ? 1 : 577) {
                final int first = random.nextInt(40);
                final int gFirst = random.nextInt(9); // elements of the operand before the first one
                final A g = memory.random(random, gFirst + count + random.nextInt(3));
                final List<A> before = memory.fill(random);
                for (final Object operand : List.of(g, direct(g, gFirst + count))) {
                    final List<A> byLoops = memory.after(false, mode, update, first, count, operand, gFirst, before);
                    final List<A> byKernels = memory.after(true, mode, update, first, count, operand, gFirst, before);
                    for (int file = 0; file < FILES; file++) {
                        memory.assertSame(byKernels.get(file), byLoops.get(file), 0, ELEMENTS);
                        memory.assertSame(byKernels.get(file), before.get(file), 0, first);
                        memory.assertSame(byKernels.get(file), before.get(file), first + count, ELEMENTS);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Update.class)
    void shouldComputeTheFormulas(final Update update) {
        final Random random = new Random(SEED);
        for (final ElementType type : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
            try (ShmArrays arrays = create(type, Mode.HOGWILD)) {
                final double[][] expected = new double[ELEMENTS][FILES];
                final Object g = ElementAccesses.of(type).allocate(ELEMENTS);
                for (int t = 1; t <= 5; t++) {
                    for (int i = 0; i < ELEMENTS; i++) {
                        final float gradient = random.nextFloat() - 0.5f;
                        set(g, i, gradient);
                        update.apply(gradient, expected[i], t);
                    }
                    arrays.array("a").update(g, update.function);
                }
                final Object values = ElementAccesses.of(type).allocate(ELEMENTS);
                for (int file = 0; file < FILES; file++) {
                    if (file == 0) {
                        arrays.array("a").readInto(values);
                    } else {
                        arrays.array("a").readStateInto(file - 1, values);
                    }
                    for (int i = 0; i < ELEMENTS; i++) {
                        assertThat(Array.getDouble(values, i))
                                .isCloseTo(expected[i][file], within(type == ElementType.FLOAT32 ? 1e-5 : 1e-14));
                    }
                }
            }
        }
    }

    /** What the kernels change is in the undo area before: each block of it can be taken back. */
    @ParameterizedTest
    @EnumSource(Update.class)
    void shouldBeTakenBack(final Update update) {
        final Random random = new Random(SEED);
        for (final ElementType type : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
            try (ShmArrays arrays = create(type, Mode.LOCKED)) {
                final Memory<Object> memory = new Memory<>(arrays, type);
                final List<Object> before = memory.fill(random);
                final Object g = memory.random(random, ELEMENTS);
                final PartitionChange change = PartitionChange.ofSlot(Doors.SEGMENT.of(arrays), 1);

                change.begin(memory.array.firstPartition());
                memory.updates(true).update(memory.array, 0, ELEMENTS, g, 0, update.function, 1, change, null);
                final List<Object> changed = memory.contents();
                change.rollback();

                final List<Object> after = memory.contents();
                for (int file = 0; file < FILES; file++) {
                    memory.assertSame(after.get(file), before.get(file), 0, ELEMENTS);
                    assertThat(bits(changed.get(file)).equals(bits(before.get(file))))
                            .isEqualTo(file > update.function.stateCount());
                }
            }
        }
    }

    private ShmArrays create(final ElementType type, final Mode mode) {
        return ShmArrays.create(
                "s" + System.nanoTime(),
                List.of(ArraySpec.of("a", type, ELEMENTS).withState(FILES - 1).inMode(mode)),
                Settings.fromProperties().withDirectory(directory).withSlots(2).withPartitionBytes(64 * 1024));
    }

    private static Buffer direct(final Object g, final int count) {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(count * Double.BYTES).order(ByteOrder.BIG_ENDIAN);
        if (g instanceof float[] floats) {
            final FloatBuffer buffer = bytes.asFloatBuffer();
            return buffer.put(0, floats, 0, count);
        }
        final DoubleBuffer buffer = bytes.asDoubleBuffer();
        return buffer.put(0, (double[]) g, 0, count);
    }

    private static void set(final Object array, final int i, final double value) {
        if (array instanceof float[] floats) {
            floats[i] = (float) value;
        } else {
            ((double[]) array)[i] = value;
        }
    }

    private static List<Long> bits(final Object array) {
        final List<Long> bits = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) {
            bits.add(Double.doubleToLongBits(Array.getDouble(array, i)));
        }
        return bits;
    }

    /** The only array of a segment, and its state arrays. */
    private static final class Memory<A> {
        private final Segment segment;
        private final ArrayLayout array;
        private final ElementAccess<A> access;

        @SuppressWarnings("unchecked") // the caller names the carrier of the type
        Memory(final ShmArrays arrays, final ElementType type) {
            this.segment = Doors.SEGMENT.of(arrays);
            this.array = segment.layout().array("a");
            this.access = (ElementAccess<A>) ElementAccesses.of(type);
        }

        @SuppressWarnings("unchecked") // a kernel's carrier is that of its type
        BlockUpdate<A> updates(final boolean withKernels) {
            final Kernel<A> kernel = withKernels ? (Kernel<A>) Kernel.of(access.type()) : null;
            return new BlockUpdate<>(segment, access, kernel, new RoundingBits(segment, 1), FILES - 1, false);
        }

        A random(final Random random, final int count) {
            final A values = access.allocate(count);
            for (int i = 0; i < count; i++) {
                set(values, i, random.nextInt(50) == 0 ? SPECIAL[random.nextInt(8)] : random.nextDouble());
            }
            return values;
        }

        List<A> fill(final Random random) {
            for (int file = 0; file < FILES; file++) {
                access.store(segment.file(array.region(), file), array.offset(), random(random, ELEMENTS), 0, ELEMENTS);
            }
            return contents();
        }

        List<A> contents() {
            final List<A> contents = new ArrayList<>();
            for (int file = 0; file < FILES; file++) {
                final A values = access.allocate(ELEMENTS);
                access.load(segment.file(array.region(), file), array.offset(), values, 0, ELEMENTS);
                contents.add(values);
            }
            return contents;
        }

        /** The contents after an update of what was there before. */
        List<A> after(
                final boolean withKernels,
                final Mode mode,
                final Update update,
                final int first,
                final int count,
                final Object operand,
                final int gFirst,
                final List<A> before) {
            for (int file = 0; file < FILES; file++) {
                access.store(segment.file(array.region(), file), array.offset(), before.get(file), 0, ELEMENTS);
            }
            final PartitionChange change = mode.isLocked() ? PartitionChange.ofSlot(segment, 1) : null;
            if (change != null) {
                change.begin(array.firstPartition());
            }
            updates(withKernels).update(array, first, count, operand, first - gFirst, update.function, 3, change, null);
            if (change != null) {
                change.commit();
            }
            return contents();
        }

        void assertSame(final A actual, final A expected, final int from, final int to) {
            final int at = actual instanceof float[] floats
                    ? Arrays.mismatch(floats, from, to, (float[]) expected, from, to)
                    : Arrays.mismatch((double[]) actual, from, to, (double[]) expected, from, to);
            if (at >= 0) {
                throw new AssertionError("at " + (from + at) + ": " + Array.get(actual, from + at) + " instead of "
                        + Array.get(expected, from + at));
            }
        }
    }
}
