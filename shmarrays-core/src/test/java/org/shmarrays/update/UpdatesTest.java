package org.shmarrays.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.ArrayHandle;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Carriers;

/** The ready-made updates, through shared memory, against their formulas. */
class UpdatesTest {
    private static final long SEED = 141_421;

    @TempDir
    private Path directory;

    private ShmArrays create(final ArraySpec... specs) {
        return ShmArrays.create(
                "s" + System.nanoTime(),
                List.of(specs),
                Settings.fromProperties().withDirectory(directory).withSlots(2));
    }

    /** Two steps worked by hand; w begins as (1, -2), g is (0.5, 1). */
    private void assertTwoSteps(
            final UpdateFunction update, final int stateCount, final double[] afterOne, final double[] afterTwo) {
        try (ShmArrays arrays = create(
                ArraySpec.of("f", FLOAT32, 2).withState(stateCount),
                ArraySpec.of("d", FLOAT64, 2).withState(stateCount))) {
            arrays.write(Map.of("f", (Object) new float[] {1, -2}, "d", new double[] {1, -2}));
            final Map<String, Object> g = Map.of("f", new float[] {0.5f, 1}, "d", new double[] {0.5, 1});
            for (final double[] expected : new double[][] {afterOne, afterTwo}) {
                arrays.update(g, update);
                final Map<String, Object> values = arrays.read(Object.class);
                for (int i = 0; i < 2; i++) {
                    assertThat(((float[]) values.get("f"))[i]).isCloseTo((float) expected[i], within(1e-6f));
                    assertThat(((double[]) values.get("d"))[i]).isCloseTo(expected[i], within(1e-12));
                }
            }
        }
    }

    @Test
    void shouldDescendTheGradient() {
        // 1 - 0.1 · 0.5 = 0.95; -2 - 0.1 · 1 = -2.1
        assertTwoSteps(Updates.sgd(0.1), 0, new double[] {0.95, -2.1}, new double[] {0.9, -2.2});
    }

    @Test
    void shouldAdd() {
        assertTwoSteps(Updates.add(), 0, new double[] {1.5, -1}, new double[] {2, 0});
        assertTwoSteps(Updates.addScaled(-2), 0, new double[] {0, -4}, new double[] {-1, -6});
        assertTwoSteps(Updates.assign(), 0, new double[] {0.5, 1}, new double[] {0.5, 1});
    }

    @Test
    void shouldAverage() {
        // 0.1 · 0.5 + 0.9 · 1 = 0.95; 0.1 · 1 - 0.9 · 2 = -1.7; then 0.05 + 0.855 = 0.905; 0.1 - 1.53 = -1.43
        assertTwoSteps(Updates.ema(0.1), 0, new double[] {0.95, -1.7}, new double[] {0.905, -1.43});
        assertTwoSteps(Updates.ema(0), 0, new double[] {1, -2}, new double[] {1, -2});
        assertTwoSteps(Updates.ema(1), 0, new double[] {0.5, 1}, new double[] {0.5, 1});
    }

    @Test
    void shouldGatherMomentum() {
        // m = 0.5, w = 1 - 0.1 · 0.5; m = 0.9 · 0.5 + 0.5 = 0.95, w = 0.95 - 0.095. And m = 1, then 1.9.
        assertTwoSteps(Updates.momentum(0.1, 0.9), 1, new double[] {0.95, -2.1}, new double[] {0.855, -2.29});
        // More state arrays than it needs.
        assertTwoSteps(Updates.momentum(0.1, 0.9), 3, new double[] {0.95, -2.1}, new double[] {0.855, -2.29});
    }

    @Test
    void shouldLookAheadWithNesterov() {
        // m = 0.5, w = 1 - 0.1 (0.5 + 0.9 · 0.5) = 0.905; m = 0.95, w = 0.905 - 0.1 (0.5 + 0.855) = 0.7695.
        // m = 1, w = -2 - 0.1 (1 + 0.9) = -2.19; m = 1.9, w = -2.19 - 0.1 (1 + 1.71) = -2.461.
        assertTwoSteps(Updates.nesterov(0.1, 0.9), 1, new double[] {0.905, -2.19}, new double[] {0.7695, -2.461});
    }

    @Test
    void shouldScaleByTheRootOfTheSquares() {
        // AdaGrad: v = 0.25, w = 1 - 0.1 · 0.5 / (0.5 + 0.5) = 0.95; v = 0.5, w = 0.95 - 0.05 / (√0.5 + 0.5).
        // v = 1, w = -2 - 0.1 / 1.5; v = 2, w = that - 0.1 / (√2 + 0.5).
        assertTwoSteps(Updates.adaGrad(0.1, 0.5), 1, new double[] {0.95, -2.0666666666666667}, new double[] {
            0.95 - 0.05 / (Math.sqrt(0.5) + 0.5), -2.0666666666666667 - 0.1 / (Math.sqrt(2) + 0.5)
        });
        // RMSProp: v = 0.25 · 0.25 = 0.0625, root 0.25; then 0.75 · 0.0625 + 0.0625 = 0.109375.
        // v = 0.25 · 1 = 0.25, root 0.5; then 0.75 · 0.25 + 0.25 = 0.4375.
        assertTwoSteps(
                Updates.rmsProp(0.1, 0.75, 0.5), 1, new double[] {1 - 0.05 / 0.75, -2 - 0.1 / 1.0}, new double[] {
                    1 - 0.05 / 0.75 - 0.05 / (Math.sqrt(0.109375) + 0.5), -2.1 - 0.1 / (Math.sqrt(0.4375) + 0.5)
                });
    }

    @Test
    void shouldDecayTheWeightsOfAdamW() {
        // w = (1 - 0.1 · 0.5) w - 0.1 · sign(g): 0.95 - 0.1 = 0.85, then 0.8075 - 0.1; -1.9 - 0.1 = -2, then the same.
        assertTwoSteps(
                Updates.adamW(0.1, 0.9, 0.999, 1e-20, 0.5), 2, new double[] {0.85, -2}, new double[] {0.7075, -2});
    }

    @Test
    void shouldAdapt() {
        // With an equal gradient each time both corrected moments are g and g²: each step is a · sign(g), less epsilon.
        assertTwoSteps(Updates.adam(0.1, 0.9, 0.999, 1e-20), 2, new double[] {0.9, -2.1}, new double[] {0.8, -2.2});
    }

    /** Algorithm 1 of Kingma and Ba (2015), line by line. */
    private static final class AdamOfThePaper {
        private final double[] m;
        private final double[] v;
        private final double[] w;
        private int t;

        AdamOfThePaper(final double[] w) {
            this.w = w.clone();
            this.m = new double[w.length];
            this.v = new double[w.length];
        }

        void step(final double[] g) {
            t++;
            for (int i = 0; i < w.length; i++) {
                m[i] = 0.9 * m[i] + (1 - 0.9) * g[i];
                v[i] = 0.999 * v[i] + (1 - 0.999) * g[i] * g[i];
                final double mHat = m[i] / (1 - Math.pow(0.9, t));
                final double vHat = v[i] / (1 - Math.pow(0.999, t));
                w[i] -= 0.01 * mHat / (Math.sqrt(vHat) + 1e-8);
            }
        }
    }

    @Test
    void shouldAdaptAsThePaperDoes() {
        System.out.println("UpdatesTest seed=" + SEED);
        final Random random = new Random(SEED);
        final int n = 5_000;
        final double[] w = random.doubles(n, -1, 1).toArray();
        final AdamOfThePaper reference = new AdamOfThePaper(w);
        try (ShmArrays arrays = create(
                ArraySpec.of("f", FLOAT32, n).withState(2),
                ArraySpec.of("d", FLOAT64, n).withState(2))) {
            arrays.write(Map.of("f", (Object) floats(w), "d", w));
            for (int step = 0; step < 20; step++) {
                final double[] g = random.doubles(n, -1, 1).toArray();
                reference.step(g);
                arrays.update(Map.of("f", (Object) floats(g), "d", g), Updates.adam(0.01));
            }
            final Map<String, Object> values = arrays.read(Object.class);
            final double[] m = new double[n];
            arrays.array("d").readStateInto(0, m);
            assertThat((double[]) values.get("d")).containsExactly(reference.w, within(1e-12));
            assertThat(m).containsExactly(reference.m, within(1e-14));
            assertThat((float[]) values.get("f")).containsExactly(floats(reference.w), within(2e-5f));
        }
    }

    private static float[] floats(final double[] values) {
        final float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Lengths around those of a block: 2048 elements of 4 bytes, 1024 of 8, 4096 of 2. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097, 10_001})
    void shouldUpdateToTheLastElement(final int n) {
        for (final Mode mode : new Mode[] {Mode.LOCKED, Mode.HOGWILD, Mode.ATOMIC}) {
            final ArraySpec[] specs = new ArraySpec[ElementType.values().length];
            for (int i = 0; i < specs.length; i++) {
                final ElementType type = ElementType.values()[i];
                specs[i] = ArraySpec.of(type.name(), type, n).inMode(mode);
            }
            try (ShmArrays arrays = create(specs)) {
                for (final ArraySpec spec : specs) {
                    final ArrayHandle handle = arrays.array(spec.name());
                    final Object values = ElementAccesses.of(spec.elementType()).allocate(n);
                    for (int i = 0; i < n; i++) {
                        Carriers.set(values, i, i % 80); // three times that is a bfloat16
                    }
                    handle.write(values);
                    final Object result = ElementAccesses.of(spec.elementType()).allocate(n);
                    handle.updateAndRead(values, Updates.add(), result);
                    final Object read = ElementAccesses.of(spec.elementType()).allocate(n);
                    handle.readInto(read);
                    for (int i = 0; i < n; i++) {
                        if (Carriers.get(read, i) != 2 * (i % 80) || Carriers.get(result, i) != Carriers.get(read, i)) {
                            throw new AssertionError(
                                    spec + " at " + i + ": " + Carriers.get(read, i) + ", " + Carriers.get(result, i));
                        }
                    }
                    // In place: gradient and result are one array.
                    handle.updateAndRead(values, Updates.add(), values);
                    assertThat(Carriers.get(values, n - 1)).isEqualTo(3 * ((n - 1) % 80));
                }
            }
        }
    }

    @Test
    void shouldTakeBuffersOfAnyKind() {
        final int n = 5_000;
        try (ShmArrays arrays = create(
                ArraySpec.of("f", FLOAT32, n),
                ArraySpec.of("a", FLOAT32, n).inMode(Mode.ATOMIC),
                ArraySpec.of("h", FLOAT16, n).inMode(Mode.HOGWILD))) {
            final FloatBuffer heap = FloatBuffer.allocate(n);
            final FloatBuffer bigEndian =
                    ByteBuffer.allocateDirect(4 * n).order(ByteOrder.BIG_ENDIAN).asFloatBuffer();
            final FloatBuffer littleEndian = ByteBuffer.allocateDirect(4 * n)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            for (int i = 0; i < n; i++) {
                heap.put(i, i % 100);
                bigEndian.put(i, 1);
                littleEndian.put(i, 2);
            }
            heap.position(17);
            for (final FloatBuffer g : List.of(heap, bigEndian, littleEndian.asReadOnlyBuffer())) {
                arrays.add(Map.of("f", g, "a", g, "h", g));
            }
            assertThat(heap.position()).isEqualTo(17);
            for (final String name : List.of("f", "a", "h")) {
                final FloatBuffer into = ByteBuffer.allocate(4 * n).asFloatBuffer();
                arrays.array(name).readInto(into);
                for (int i = 0; i < n; i++) {
                    assertThat(into.get(i)).isEqualTo(i % 100 + 3);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"LOCKED", "HOGWILD", "ATOMIC"})
    void shouldRoundWhatIsStoredInSixteenBits(final Mode mode) {
        try (ShmArrays arrays = create(
                ArraySpec.of("h", FLOAT16, 3).inMode(mode),
                ArraySpec.of("b", BFLOAT16, 3).inMode(mode))) {
            final float[] values = {1 + 0x1p-11f, 1 + 0x1p-8f, 65_520};
            arrays.write(Map.of("h", values, "b", values));
            // Half: a step at 1 is 2^-10, so the first is a tie and goes to 1; the third overflows.
            assertThat(arrays.read().get("h")).containsExactly(1, 1 + 0x1p-8f, Float.POSITIVE_INFINITY);
            // Bfloat16: a step at 1 is 2^-7, and the second is a tie; at 65520 a step is 256.
            assertThat(arrays.read().get("b")).containsExactly(1, 1, 65_536);
            arrays.update(Map.of("h", new float[] {1, 1, 1}, "b", new float[] {1, 1, 1}), Updates.sgd(0.5));
            assertThat(arrays.read().get("h")).containsExactly(0.5f, 0.5f + 0x1p-8f, Float.POSITIVE_INFINITY);
            assertThat(arrays.read().get("b")).containsExactly(0.5f, 0.5f, 65_536);
        }
    }

    /** The bits are compared, not the numbers: neither -0 nor NaN makes an endless loop or a wrong match. */
    @Test
    void shouldCompareBitsInAtomicMode() {
        for (final ElementType type : new ElementType[] {FLOAT32, FLOAT16, BFLOAT16}) {
            try (ShmArrays arrays = create(ArraySpec.of("a", type, 6).inMode(Mode.ATOMIC))) {
                final float nan = Float.intBitsToFloat(0x7FA0_0001);
                arrays.write(Map.of("a", new float[] {-0f, 0f, nan, Float.NaN, Float.NEGATIVE_INFINITY, -0f}));
                arrays.add(Map.of("a", new float[] {-0f, -0f, 1, 1, 1, 0}));

                final float[] values = arrays.read().get("a");
                assertThat(Float.floatToRawIntBits(values[0])).isEqualTo(0x8000_0000);
                assertThat(Float.floatToRawIntBits(values[1])).isZero();
                assertThat(values[2]).isNaN();
                assertThat(values[3]).isNaN();
                assertThat(values[4]).isEqualTo(Float.NEGATIVE_INFINITY);
                assertThat(Float.floatToRawIntBits(values[5])).isZero();
                arrays.update(Map.of("a", new float[] {1, 2, 3, 4, 5, 6}), Updates.assign());
                assertThat(arrays.read().get("a")).containsExactly(1, 2, 3, 4, 5, 6);
            }
        }
        try (ShmArrays arrays = create(ArraySpec.of("d", FLOAT64, 2).inMode(Mode.ATOMIC))) {
            arrays.write(Map.of("d", new double[] {-0.0, Double.longBitsToDouble(0x7FF0_0000_0000_0001L)}));
            arrays.add(Map.of("d", new double[] {-0.0, 1}));
            assertThat(Double.doubleToRawLongBits(arrays.read(double[].class).get("d")[0]))
                    .isEqualTo(Long.MIN_VALUE);
        }
    }

    @Test
    void shouldWrapIntegersAround() {
        for (final Mode mode : new Mode[] {Mode.LOCKED, Mode.ATOMIC}) {
            try (ShmArrays arrays = create(
                    ArraySpec.of("i", INT32, 1).inMode(mode),
                    ArraySpec.of("l", INT64, 1).inMode(mode))) {
                arrays.write(Map.of("i", (Object) new int[] {Integer.MAX_VALUE}, "l", new long[] {1L << 53}));
                arrays.add(Map.of("i", (Object) new int[] {1}, "l", new long[] {1}));
                assertThat(arrays.read(Object.class).get("i")).isEqualTo(new int[] {Integer.MIN_VALUE});
                assertThat(arrays.read(Object.class).get("l")).isEqualTo(new long[] {(1L << 53) + 1});
            }
        }
    }

    @Test
    void shouldGiveEachThreadsAdditionsOfHalves() throws InterruptedException {
        try (ShmArrays arrays = create(ArraySpec.of("h", FLOAT16, 33).inMode(Mode.ATOMIC));
                ShmArrays other = arrays.newHandle()) {
            final float[] ones = new float[33];
            Arrays.fill(ones, 1);
            final Thread thread = new Thread(() -> {
                for (int i = 0; i < 1_000; i++) {
                    other.add(Map.of("h", ones));
                }
            });
            thread.start();
            for (int i = 0; i < 1_000; i++) {
                arrays.add(Map.of("h", ones));
            }
            thread.join(60_000);
            assertThat(arrays.read().get("h")).containsOnly(2_000);
        }
    }
}
