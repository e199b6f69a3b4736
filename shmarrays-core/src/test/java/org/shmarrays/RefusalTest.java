package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.BFLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT32;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.launch.Launcher;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** What is refused at the door, and in which words. */
class RefusalTest {
    @TempDir
    private Path directory;

    private ShmArrays arrays;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(4);
    }

    @BeforeEach
    void create() {
        arrays = ShmArrays.create(
                "door",
                List.of(
                        ArraySpec.of("locked", FLOAT32, 2, 3)
                                .withState(1)
                                .withAlias(new AliasSpec("head", 0, ArrayOrder.C, 3))
                                .withAlias(new AliasSpec("tail", 2, ArrayOrder.C, 4)),
                        ArraySpec.of("atomic", FLOAT32, 4).inMode(Mode.ATOMIC).withState(2),
                        ArraySpec.of("hogwild", FLOAT32, 4).inMode(Mode.HOGWILD),
                        ArraySpec.of("double", FLOAT64, 4),
                        ArraySpec.of("int", INT32, 4),
                        ArraySpec.of("half", BFLOAT16, 4)),
                settings());
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(final ThrowingCallable call) {
        return assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldRefuseStateInAtomicMode() {
        final float[] g = new float[4];
        assertRefused(() -> arrays.update(Map.of("atomic", g), Updates.momentum(0.1, 0.9)))
                .hasMessageContainingAll("ATOMIC", "state", "update=momentum", "name=atomic");
        assertRefused(() -> arrays.update(Map.of("atomic", g), Updates.adam(0.1)))
                .hasMessageContainingAll("ATOMIC", "update=adam");
    }

    @Test
    void shouldRefuseTooFewStateArrays() {
        assertRefused(() -> arrays.update(Map.of("locked", new float[6]), Updates.adam(0.1)))
                .hasMessageContainingAll("too few state arrays", "needs=2", "has=1", "withState(2)");
        assertRefused(() -> arrays.update(Map.of("hogwild", new float[4]), Updates.momentum(0.1, 0.9)))
                .hasMessageContainingAll("too few state arrays", "needs=1", "has=0");
    }

    @Test
    void shouldRefuseWholeArrayFunctionsInAtomicMode() {
        assertRefused(() -> arrays.update(Map.of("atomic", new float[4]), (g, old) -> g))
                .hasMessageContainingAll("ATOMIC", "updateElementwise");
    }

    @Test
    void shouldRefuseWholeArrayFunctionsOfBuffers() {
        assertRefused(() -> arrays.update(Map.of("locked", FloatBuffer.allocate(6)), (g, old) -> g))
                .hasMessageContainingAll("not a buffer", "name=locked", "float[]");
        assertRefused(() -> arrays.updateAndRead(Map.of("locked", FloatBuffer.allocate(6)), Updates.add()))
                .hasMessageContainingAll("not a buffer", "name=locked");
    }

    @Test
    void shouldRefuseAModeThatTheArrayWasNotCreatedFor() {
        for (final Mode mode : new Mode[] {Mode.HOGWILD, Mode.ATOMIC, Mode.ORDERED}) {
            assertRefused(() -> arrays.update(Map.of("locked", new float[6]), Updates.add(), mode))
                    .hasMessageContainingAll("not created for this mode", "mode=LOCKED", "asked=" + mode);
        }
        assertRefused(() -> arrays.array("atomic").update(new float[4], Updates.add(), Mode.LOCKED))
                .hasMessageContainingAll("not created for this mode", "mode=ATOMIC", "asked=LOCKED");

        arrays.array("atomic").update(new float[] {1, 1, 1, 1}, Updates.add(), Mode.HOGWILD);
        arrays.array("hogwild").update(new float[] {1, 1, 1, 1}, Updates.add(), Mode.ATOMIC);
        assertThat(arrays.read(Object.class).get("atomic")).isEqualTo(new float[] {1, 1, 1, 1});
        assertThat(arrays.read(Object.class).get("hogwild")).isEqualTo(new float[] {1, 1, 1, 1});
    }

    @Test
    void shouldRefuseWrongOperands() {
        assertRefused(() -> arrays.add(Map.of("locked", new float[5])))
                .hasMessageContainingAll("wrong length", "name=locked", "[2, 3]", "expected=6", "given=5");
        assertRefused(() -> arrays.add(Map.of("locked", new double[6])))
                .hasMessageContainingAll("wrong type", "FLOAT32", "expected=float[]", "given=double[]");
        assertRefused(() -> arrays.add(Map.of("locked", DoubleBuffer.allocate(6))))
                .hasMessageContaining("wrong type");
        assertRefused(() -> arrays.add(Map.of("half", new short[4]))).hasMessageContaining("expected=float[]");
        assertRefused(() -> arrays.add(Map.of("locked", FloatBuffer.allocate(7))))
                .hasMessageContainingAll("wrong length", "given=7");
        assertRefused(() -> arrays.add(Map.of("locked", "words"))).hasMessageContaining("given=String");
        assertRefused(() -> arrays.add(Collections.singletonMap("locked", null)))
                .hasMessageContainingAll("is null", "name=locked");
        assertRefused(() -> arrays.write(Collections.singletonMap("locked", null)))
                .hasMessageContaining("is null");
        assertRefused(() -> arrays.readInto(Map.of("locked", new float[5]))).hasMessageContaining("wrong length");
        assertRefused(() -> arrays.array("head").readInto(new float[6]))
                .hasMessageContainingAll("name=head", "expected=3");
        assertRefused(() -> arrays.array("locked").readStateInto(1, new float[6]))
                .hasMessageContainingAll("no such state array", "state arrays=1");
        assertRefused(() -> arrays.array("locked").readStateInto(-1, new float[6]))
                .hasMessageContaining("no such state array");
        assertRefused(() -> arrays.updateAndRead(Map.of("double", (Object) new float[4]), Updates.add()))
                .hasMessageContaining("wrong type");
    }

    @Test
    void shouldRefuseUpdatesThatAreNotForTheType() {
        assertRefused(() -> arrays.update(Map.of("int", new int[4]), Updates.sgd(0.1)))
                .hasMessageContainingAll("does not support arrays of this type", "update=sgd", "INT32");
        final UpdateFunction ofDoubles =
                UpdateFunction.of((double[] g, int gOffset, double[] w, int wOffset, int n) -> {}, double[].class);
        assertRefused(() -> arrays.update(Map.of("locked", new float[6]), ofDoubles))
                .hasMessageContaining("does not support arrays of this type");
    }

    @Test
    void shouldChangeNothingWhenOneOperandOfSeveralIsRefused() {
        final Map<String, Object> operands = new LinkedHashMap<>();
        operands.put("hogwild", new float[] {1, 1, 1, 1});
        operands.put("locked", new float[] {1});

        assertRefused(() -> arrays.add(operands));

        assertThat(arrays.read(Object.class).get("hogwild")).isEqualTo(new float[4]);
    }

    @Test
    void shouldRefuseUnknownNames() {
        assertRefused(() -> arrays.add(Map.of("absent", new float[1])))
                .hasMessageContainingAll("array not in segment", "name=absent", "segment=door", "locked", "half");
        assertRefused(() -> arrays.array("absent")).hasMessageContaining("array not in segment");
        assertRefused(() -> arrays.readInto(Map.of("", new float[1]))).hasMessageContaining("array not in segment");
        assertRefused(() -> arrays.add(Map.of())).hasMessageContaining("no arrays are named");
        final Map<String, Object> ofNull = new HashMap<>();
        ofNull.put(null, new float[1]);
        assertRefused(() -> arrays.add(ofNull)).hasMessageContaining("name=null");
        assertRefused(() -> arrays.checkSpecs(List.of(ArraySpec.of("absent", FLOAT32, 1))))
                .hasMessageContaining("array not in segment");
        assertRefused(() -> arrays.checkSpecs(List.of(ArraySpec.of("locked", FLOAT32, 3, 2))))
                .hasMessageContainingAll("differs from the expected one", "[3, 2]", "[2, 3]");
    }

    @Test
    void shouldRefuseNamesThatOverlap() {
        assertRefused(() -> arrays.add(Map.of("locked", new float[6], "head", new float[3])))
                .hasMessageContainingAll("overlap", "locked", "head");
        assertRefused(() -> arrays.readInto(Map.of("head", new float[3], "tail", new float[4])))
                .hasMessageContainingAll("overlap", "head and tail");
    }

    @Test
    void shouldRefuseToReadTypesIntoOthers() {
        assertRefused(() -> arrays.read())
                .hasMessageContainingAll("name=double", "FLOAT64", "float[]", "read(Object.class)");
    }

    @Test
    void shouldRefuseToChangeWhatIsAttachedReadOnly() {
        try (ShmArrays reader = ShmArrays.attachReadOnly("door", settings())) {
            final List<ThrowingCallable> changes = List.of(
                    () -> reader.add(Map.of("locked", new float[6])),
                    () -> reader.write(Map.of("locked", new float[6])),
                    () -> reader.update(Map.of("locked", new float[6]), (g, old) -> g),
                    () -> reader.array("locked").update(new float[6], Updates.add()),
                    reader::skip,
                    () -> reader.runControl().stop());
            for (final ThrowingCallable change : changes) {
                assertThatThrownBy(change)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("read-only");
            }
            assertThat(reader.array("locked").view().isReadOnly()).isTrue();
            assertThat(reader.isReadOnly()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../x", "a/b", ".x", "-x", "x y", "x\u0000", "ä", "..", "x\n"})
    void shouldRefuseBadNamesOfSegments(final String name) {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 1);
        final String words = name.isEmpty() ? "segment name is empty" : "not a segment name";
        assertRefused(() -> ShmArrays.create(name, List.of(spec), settings())).hasMessageContaining(words);
        assertRefused(() -> ShmArrays.createOrAttach(name, List.of(spec), created -> {}, settings()))
                .hasMessageContaining(words);
        assertRefused(() -> ShmArrays.attach(name, settings())).hasMessageContaining(words);
        assertRefused(() -> ShmArrays.attachReadOnly(name, settings())).hasMessageContaining(words);
        assertRefused(() -> ShmArrays.remove(name, settings())).hasMessageContaining(words);
    }

    @Test
    void shouldRefuseLongNamesOfSegments() {
        assertRefused(() -> ShmArrays.attach("x".repeat(101), settings()))
                .hasMessageContainingAll("too long", "length=101", "max=100");
        final String longest = "x".repeat(100);
        ShmArrays.create(longest, List.of(ArraySpec.of("w", FLOAT32, 1)), settings())
                .close();
        ShmArrays.remove(longest, settings());
    }

    @Test
    void shouldRefuseBadArrays() {
        assertRefused(() -> ArraySpec.of("", FLOAT32, 1)).hasMessageContaining("array name is empty");
        assertRefused(() -> ArraySpec.of(null, FLOAT32, 1)).hasMessageContaining("array name is empty");
        assertRefused(() -> ArraySpec.of("a\tb", FLOAT32, 1)).hasMessageContaining("control characters");
        assertRefused(() -> ArraySpec.of("ü".repeat(128), FLOAT32, 1)).hasMessageContainingAll("too long", "bytes=256");
        assertRefused(() -> ArraySpec.of("w", FLOAT32, 3, 0)).hasMessageContainingAll("less than 1", "[3, 0]");
        assertRefused(() -> ArraySpec.of("w", FLOAT32, -1)).hasMessageContaining("less than 1");
        assertRefused(() -> ArraySpec.of("w", FLOAT32, new int[33])).hasMessageContaining("too many dimensions");
        assertRefused(() -> ArraySpec.of("w", FLOAT32, 1).withState(9)).hasMessageContainingAll("count=9", "max=8");
        assertRefused(() -> ArraySpec.of("w", FLOAT32, 1).withState(-1)).hasMessageContaining("count=-1");
        assertThat(ArraySpec.of("dense/W ü", FLOAT32).elementCount()).isOne();
    }

    @Test
    void shouldRefuseArraysOfTwoGibibytes() {
        final List<int[]> shapes = List.of(
                new int[] {1 << 29},
                new int[] {1 << 15, 1 << 14},
                new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE},
                new int[] {(1 << 29) - 1_000});
        for (final int[] shape : shapes) {
            assertRefused(() -> ArraySpec.of("w", FLOAT32, shape)).hasMessageContaining("smaller than 2 GiB");
        }
        assertRefused(() -> ArraySpec.of("w", FLOAT64, 1 << 28)).hasMessageContaining("smaller than 2 GiB");
        assertThat(ArraySpec.of("w", FLOAT32, (1 << 29) - 1_025).lengthBytes()).isEqualTo(Integer.MAX_VALUE - 4_099);
    }

    @Test
    void shouldRefuseNamesThatStandTwice() {
        final ArraySpec w = ArraySpec.of("w", FLOAT32, 4);
        assertRefused(() -> ShmArrays.create("twice", List.of(w, w), settings()))
                .hasMessageContainingAll("two arrays or aliases", "name=w");
        assertRefused(() -> ShmArrays.create(
                        "twice",
                        List.of(w.withAlias(new AliasSpec("v", 0, ArrayOrder.C, 1)), ArraySpec.of("v", FLOAT32, 1)),
                        settings()))
                .hasMessageContaining("name=v");
        assertRefused(() -> ShmArrays.create("twice", List.of(), settings()))
                .hasMessageContaining("at least one array");
        assertThat(settings().root().names()).containsExactly("door");
        assertThat(directory.toFile().list()).containsExactly("door");
    }

    @Test
    void shouldRefuseAliasesOutsideOfTheirArray() {
        final ArraySpec w = ArraySpec.of("w", FLOAT32, 4);
        assertRefused(() -> w.withAlias(new AliasSpec("v", 2, ArrayOrder.C, 3)))
                .hasMessageContainingAll("past the end", "elements=4");
        assertRefused(() -> new AliasSpec("v", -1, ArrayOrder.C, 1)).hasMessageContaining("outside");
        assertRefused(() -> new AliasSpec("v", 1, ArrayOrder.C, 1 << 16, 1 << 16))
                .hasMessageContaining("outside");
        assertRefused(() -> new AliasSpec("v", Integer.MAX_VALUE, ArrayOrder.C, 1))
                .hasMessageContaining("outside");
    }

    @Test
    void shouldRefuseUpdatesThatMakeNoSense() {
        for (final double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -0.1, 1e300}) {
            assertRefused(() -> Updates.sgd(bad)).hasMessageContaining("learningRate is not a number from 0 to");
            assertRefused(() -> Updates.momentum(bad, 0.9)).hasMessageContaining("learningRate");
            assertRefused(() -> Updates.momentum(0.1, bad)).hasMessageContaining("momentum");
            assertRefused(() -> Updates.nesterov(bad, 0.9)).hasMessageContaining("learningRate");
            assertRefused(() -> Updates.nesterov(0.1, bad)).hasMessageContaining("momentum");
            assertRefused(() -> Updates.adaGrad(bad)).hasMessageContaining("learningRate");
            assertRefused(() -> Updates.rmsProp(bad)).hasMessageContaining("learningRate");
            assertRefused(() -> Updates.rmsProp(0.1, bad, 1e-8)).hasMessageContaining("decay");
            assertRefused(() -> Updates.adam(bad)).hasMessageContaining("learningRate");
            assertRefused(() -> Updates.adamW(bad, 0.1)).hasMessageContaining("learningRate");
            assertRefused(() -> Updates.adamW(0.1, bad)).hasMessageContaining("weightDecay");
            assertRefused(() -> Updates.ema(bad)).hasMessageContaining("[0, 1]");
        }
        for (final double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -0.1, 0}) {
            assertRefused(() -> Updates.adaGrad(0.1, bad)).hasMessageContaining("epsilon");
            assertRefused(() -> Updates.rmsProp(0.1, 0.9, bad)).hasMessageContaining("epsilon");
            assertRefused(() -> Updates.adam(0.1, 0.9, 0.9, bad)).hasMessageContaining("epsilon");
        }
        assertRefused(() -> Updates.addScaled(Double.NaN)).hasMessageContaining("scale");
        assertRefused(() -> Updates.adam(0.1, 1, 0.9, 1e-8)).hasMessageContaining("beta1=1.0");
        assertRefused(() -> Updates.adam(0.1, 0.9, Double.NaN, 1e-8)).hasMessageContaining("beta2=NaN");
    }

    @Test
    void shouldRefuseLearningRatesThatMakeNoSense() {
        try (ShmArrays steps = ShmArrays.create("steps", List.of(ArraySpec.of("w", FLOAT32, 4)), settings());
                Worker worker = Worker.of(0, 1);
                ShmArrays own = ShmArrays.attach(worker, "steps", settings())) {
            final double tooLarge = Math.nextUp((double) Float.MAX_VALUE);
            for (final double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -0.1, 1e39, tooLarge}) {
                assertRefused(() -> steps.runControl().learningRate(bad)).hasMessageContaining("learning rate");
                assertRefused(() -> worker.reportLearningRate(bad)).hasMessageContaining("learning rate");
                assertRefused(() -> Updates.sgd(bad)).hasMessageContaining("learningRate");
                assertThat(Updates.isLearningRate(bad)).isFalse();
            }
            assertRefused(() -> steps.runControl().learningRate(1e-50)).hasMessageContaining("learning rate");
            assertThat(own.runControl().learningRate()).isZero();
            worker.reportLearningRate(1e-50); // of a rate that decays
            worker.reportLearningRate(0);
            for (final double good : new double[] {Float.MIN_VALUE, 0.1, Float.MAX_VALUE}) {
                steps.runControl().learningRate(good);
                assertThat(own.runControl().learningRate()).isEqualTo(good);
                worker.reportLearningRate(good);
                Updates.sgd(good);
            }
        }
    }

    @Test
    void shouldRefuseAbsurdCounts() {
        final Launcher launcher = Launcher.ofMainClass("Main");
        for (final int bad :
                new int[] {Integer.MIN_VALUE, -1, 0, SegmentLayout.MAX_SLOT_COUNT + 1, Integer.MAX_VALUE}) {
            assertRefused(() -> launcher.workers(bad)).hasMessageContaining("workers=" + bad);
            assertRefused(() -> launcher.threadsPerWorker(bad)).hasMessageContaining("threadsPerWorker=" + bad);
            assertRefused(() -> settings().withSlots(bad)).hasMessageContaining("slots=" + bad);
        }
        for (final int bad : new int[] {Integer.MIN_VALUE, -1, 1, 63, (256 << 10) + 1, Integer.MAX_VALUE}) {
            assertRefused(() -> settings().withPartitionBytes(bad)).hasMessageContaining("bytes=" + bad);
        }
    }
}
