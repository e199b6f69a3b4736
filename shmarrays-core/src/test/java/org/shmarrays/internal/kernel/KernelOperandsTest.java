package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.layout.ElementType;
import org.shmarrays.testing.NeedsKernels;

/** Expected numbers are those of the formulas, one element at a time. */
class KernelOperandsTest {
    private static final long SEED = 31_415;
    private static final int MOST = 70;
    private static final int AROUND = 8;
    private static final int MEMORIES = 3;
    private static final double[] SPECIAL = {
        0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-40, Float.MAX_VALUE, 1
    };

    /** A type's arithmetic. That of float32 is double precision, rounded after each operation: with the same bits. */
    private record Arithmetic(ElementType type) {
        double rounded(final double x) {
            return type == ElementType.FLOAT32 ? (float) x : x;
        }

        double sum(final double x, final double y) {
            return rounded(x + y);
        }

        double product(final double x, final double y) {
            return rounded(x * y);
        }

        double quotient(final double x, final double y) {
            return rounded(x / y);
        }

        double root(final double x) {
            return rounded(Math.sqrt(x));
        }

        double[] coefficients() {
            return DoubleStream.of(0.3, 0.9, 0.1, 0.99, 0.01, 1e-3)
                    .map(this::rounded)
                    .toArray();
        }

        /** What an element of each memory becomes. */
        double[] apply(final OptimizerFormula formula, final double[] e) {
            final double[] c = coefficients();
            final double g = e[0];
            return switch (formula) {
                case ADD_SCALED -> new double[] {sum(g, product(c[0], e[1])), e[1], e[2]};
                case SCALED -> new double[] {product(g, c[0]), e[1], e[2]};
                case NESTEROVS -> {
                    final double previous = product(c[1], e[1]);
                    final double v = sum(previous, -product(c[0], g));
                    yield new double[] {sum(previous, product(c[2], v)), v, e[2]};
                }
                case ROOT_SCALED -> {
                    final double v = sum(product(e[1], c[1]), product(product(g, g), c[2]));
                    yield new double[] {quotient(product(c[0], g), sum(root(v), c[3])), v, e[2]};
                }
                case ADAM -> {
                    final double m = sum(product(c[1], e[1]), product(g, c[2]));
                    final double v = sum(product(c[3], e[2]), product(product(g, g), c[4]));
                    yield new double[] {quotient(product(m, c[0]), sum(root(v), c[5])), m, v};
                }
            };
        }
    }

    private static int memories(final OptimizerFormula formula) {
        return switch (formula) {
            case SCALED -> 1;
            case ADD_SCALED, NESTEROVS, ROOT_SCALED -> 2;
            case ADAM -> 3;
        };
    }

    private static ByteBuffer direct(final int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }

    private static double random(final Random random) {
        return random.nextInt(20) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextGaussian();
    }

    private static double get(final ByteBuffer memory, final ElementType type, final int i) {
        return type == ElementType.FLOAT32 ? memory.getFloat(i * Float.BYTES) : memory.getDouble(i * Double.BYTES);
    }

    private static void set(final ByteBuffer memory, final ElementType type, final int i, final double value) {
        if (type == ElementType.FLOAT32) {
            memory.putFloat(i * Float.BYTES, (float) value);
        } else {
            memory.putDouble(i * Double.BYTES, value);
        }
    }

    /** All lengths around those of vectors, at elements where no vector begins; what lies around stays as it is. */
    @ParameterizedTest
    @EnumSource
    @NeedsKernels
    void shouldComputeTheFormulaToTheBit(final OptimizerFormula formula) {
        final Random random = new Random(SEED);
        for (final ElementType type : new ElementType[] {ElementType.FLOAT32, ElementType.FLOAT64}) {
            for (int n = 1; n <= MOST; n++) {
                check(formula, new Arithmetic(type), n, random);
            }
        }
    }

    private static void check(
            final OptimizerFormula formula, final Arithmetic arithmetic, final int n, final Random random) {
        final ElementType type = arithmetic.type();
        final int size = type.sizeBytes();
        final int count = MOST + AROUND;
        final ByteBuffer[] files =
                Stream.generate(() -> direct(count * size)).limit(MEMORIES).toArray(ByteBuffer[]::new);
        final double[][] expected = new double[count][MEMORIES];
        final int first = random.nextInt(AROUND);
        final int from = random.nextInt(n);
        for (int i = 0; i < count; i++) {
            for (int file = 0; file < MEMORIES; file++) {
                set(files[file], type, i, random(random));
                expected[i][file] = get(files[file], type, i);
            }
            if (i >= first + from && i < first + n) {
                expected[i] = arithmetic.apply(formula, expected[i]);
            }
        }

        KernelOperands.of(
                        type,
                        Stream.of(files)
                                .limit(memories(formula))
                                .map(file -> file.slice(first * size, n * size))
                                .toArray(ByteBuffer[]::new))
                .apply(formula, arithmetic.coefficients(), from, n);

        for (int i = 0; i < count; i++) {
            final double[] actual = new double[MEMORIES];
            for (int file = 0; file < MEMORIES; file++) {
                actual[file] = get(files[file], type, i);
            }
            assertThat(Arrays.equals(actual, expected[i])) // any NaN is NaN
                    .as(
                            "%s: element %d, n %d, first %d, from %d: %s, not %s",
                            type, i, n, first, from, Arrays.toString(actual), Arrays.toString(expected[i]))
                    .isTrue();
        }
    }

    /** Also where the range is back to front, or its offset in bytes is no int. */
    @Test
    @NeedsKernels
    void shouldRefuseElementsThatAreNotThere() {
        final KernelOperands operands = KernelOperands.of(ElementType.FLOAT32, direct(256));
        final int wrapping = 1 << 30;

        assertThat(operands.elementCount()).isEqualTo(64);
        for (final int[] range : new int[][] {
            {-1, 3}, {-16, 16}, {0, 65}, {48, 80}, {64, 65}, {40, 37}, {40, 8}, {wrapping, wrapping + 16}
        }) {
            assertThatThrownBy(() -> operands.apply(OptimizerFormula.SCALED, new double[] {1}, range[0], range[1]))
                    .as("%d to %d", range[0], range[1])
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    @NeedsKernels
    void shouldTakeAllOfAMemoryWhateverItsPositionAndLimitAre() {
        final ByteBuffer memory = direct(128);
        for (int i = 0; i < 32; i++) {
            memory.putFloat(i * Float.BYTES, i);
        }
        memory.position(64).limit(96);

        KernelOperands.of(ElementType.FLOAT32, memory).apply(OptimizerFormula.SCALED, new double[] {2}, 0, 32);

        for (int i = 0; i < 32; i++) {
            assertThat(memory.clear().getFloat(i * Float.BYTES)).isEqualTo(2 * i);
        }
    }

    @Test
    @NeedsKernels
    void shouldRefuseMemoryThatDoesNotFitTogether() {
        assertThatThrownBy(() -> KernelOperands.of(ElementType.FLOAT32, direct(64), direct(60)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("equal capacity");
        assertThatThrownBy(() -> KernelOperands.of(ElementType.FLOAT32, ByteBuffer.allocate(64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("direct buffers");
    }

    @Test
    void shouldHaveNoKernelsForOtherTypes() {
        assertThat(KernelOperands.isAvailable(ElementType.INT32)).isFalse();
        assertThatThrownBy(() -> KernelOperands.of(ElementType.INT32, direct(64)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("type=INT32");
    }
}
