package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT16;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.FLOAT64;
import static org.shmarrays.layout.ElementType.INT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Workers;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** N processes add 1 to every element, M times each: where nothing may be lost, the sum is N x M. */
class AdditionsIT {
    private static final int WORKERS = 4;
    private static final int ADDITIONS = 60;
    private static final int LARGE = 30_000;
    private static final int SMALL = 333;
    private static final String ALIASED = "aliased";

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(8).withPartitionBytes(16 * 1024);
    }

    private static List<ArraySpec> specs(final Mode mode) {
        final List<ArraySpec> specs = new ArrayList<>();
        for (final ElementType type : List.of(FLOAT32, FLOAT64, INT32, INT64, FLOAT16)) {
            specs.add(ArraySpec.of("large " + type, type, LARGE).inMode(mode));
            specs.add(ArraySpec.of("small " + type, type, SMALL).inMode(mode));
        }
        specs.add(ArraySpec.of(ALIASED, FLOAT32, 10_000)
                .inMode(mode)
                .withAlias(new AliasSpec("head", 0, ArrayOrder.C, 4_999))
                .withAlias(new AliasSpec("tail", 4_999, ArrayOrder.C, 5_001)));
        return specs;
    }

    private static Object ones(final ArraySpec spec, final int count) {
        final Class<?> carrier = spec.elementType().carrier();
        if (carrier == float[].class) {
            final float[] ones = new float[count];
            Arrays.fill(ones, 1);
            return ones;
        }
        if (carrier == double[].class) {
            final double[] ones = new double[count];
            Arrays.fill(ones, 1);
            return ones;
        }
        if (carrier == int[].class) {
            final int[] ones = new int[count];
            Arrays.fill(ones, 1);
            return ones;
        }
        final long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static Map<String, Object> ones(final ShmArrays arrays) {
        final Map<String, Object> ones = new LinkedHashMap<>();
        arrays.specs().forEach(spec -> ones.put(spec.name(), ones(spec, spec.elementCount())));
        return ones;
    }

    private static Map<String, float[]> onesByAlias() {
        final ArraySpec any = ArraySpec.of("any", FLOAT32, 1);
        return Map.of("head", (float[]) ones(any, 4_999), "tail", (float[]) ones(any, 5_001));
    }

    /** Rounds of three ways to add: a map of all arrays, an element-wise lambda on two, the aliases. */
    static final class Adder {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                final Map<String, Object> ones = ones(arrays);
                final Map<String, float[]> floats = Map.of(
                        "large FLOAT32", (float[]) ones.get("large FLOAT32"),
                        "small FLOAT32", (float[]) ones.get("small FLOAT32"));
                final Map<String, Object> others = new LinkedHashMap<>(ones);
                others.keySet().removeAll(List.of("large FLOAT32", "small FLOAT32", ALIASED));
                final boolean whole = arguments.length > 1;
                worker.barrier();
                for (int i = 0; i < ADDITIONS; i++) {
                    arrays.add(others);
                    arrays.add(onesByAlias());
                    if (whole && i % 2 == 0) {
                        arrays.update(floats, (g, old) -> {
                            for (int k = 0; k < g.length; k++) {
                                old[k] += g[k];
                            }
                            return old;
                        });
                    } else {
                        arrays.updateElementwise(floats, (g, gOffset, w, wOffset, n) -> {
                            for (int k = 0; k < n; k++) {
                                w[wOffset + k] += g[gOffset + k];
                            }
                        });
                    }
                }
            }
        }
    }

    /** In turns: everything in one push. */
    static final class AdderInTurn {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                final Map<String, Object> ones = ones(arrays);
                ones.remove(ALIASED);
                ones.putAll(onesByAlias());
                for (int i = 0; i < ADDITIONS; i++) {
                    arrays.add(ones);
                }
            }
        }
    }

    /** Momentum and Adam, whose step counts say how often they were applied. */
    static final class Stepper {
        public static void main(final String... arguments) {
            try (Worker worker = Worker.join();
                    ShmArrays arrays = ShmArrays.attach(worker, arguments[0], Settings.fromProperties())) {
                final float[] g = new float[LARGE];
                Arrays.fill(g, 1);
                worker.barrier();
                for (int i = 0; i < ADDITIONS; i++) {
                    arrays.update(Map.of("momentum", g), Updates.momentum(1, 1));
                    arrays.update(Map.of("adam", g), Updates.adam(0.5));
                }
            }
        }
    }

    @Test
    void shouldLoseNoAdditionUnderLocks() {
        try (ShmArrays arrays = ShmArrays.create("locked", specs(Mode.LOCKED), settings())) {
            Workers.run(Adder.class, WORKERS, directory, "locked", "whole");

            assertAllAre(arrays, WORKERS * ADDITIONS);
        }
    }

    @Test
    void shouldLoseNoAdditionByCompareAndSet() {
        try (ShmArrays arrays = ShmArrays.create("atomic", specs(Mode.ATOMIC), settings())) {
            Workers.run(Adder.class, WORKERS, directory, "atomic");

            assertAllAre(arrays, WORKERS * ADDITIONS);
        }
    }

    @Test
    void shouldLoseNoAdditionInTurns() {
        try (ShmArrays arrays = ShmArrays.create("ordered", specs(Mode.ORDERED), settings())) {
            Workers.run(AdderInTurn.class, WORKERS, directory, "ordered");

            assertAllAre(arrays, WORKERS * ADDITIONS);
        }
    }

    @Test
    void shouldLoseNothingInHogwildWithOneProcess() {
        try (ShmArrays arrays = ShmArrays.create("hogwild", specs(Mode.HOGWILD), settings())) {
            Workers.run(Adder.class, 1, directory, "hogwild", "whole");

            assertAllAre(arrays, ADDITIONS);
        }
    }

    @Test
    void shouldShareTheStateOfTheOptimizer() {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("momentum", FLOAT32, LARGE).withState(1),
                ArraySpec.of("adam", FLOAT32, LARGE).withState(2));
        try (ShmArrays arrays = ShmArrays.create("state", specs, settings())) {
            Workers.run(Stepper.class, WORKERS, directory, "state");

            final int steps = WORKERS * ADDITIONS;
            // With a momentum of 1 the velocity counts the steps: m = t, and w = -(1 + 2 + … + t).
            assertThat(state(arrays, "momentum", 0)).containsOnly(steps);
            assertThat(arrays.read().get("momentum")).containsOnly(-steps * (steps + 1) / 2f);
            // With gradients that are all 1, both corrected moments are 1: each step is one of 0.5 / (1 + 1e-8).
            for (final float w : arrays.read().get("adam")) {
                assertThat(w).isCloseTo(-0.5f * steps, org.assertj.core.data.Offset.offset(0.05f));
            }
            assertThat(stepCounts(arrays)).containsOnly((long) steps);
        }
    }

    private static float[] state(final ShmArrays arrays, final String name, final int state) {
        final float[] values = new float[LARGE];
        arrays.array(name).readStateInto(state, values);
        return values;
    }

    private static long[] stepCounts(final ShmArrays arrays) {
        final long[] counts = new long[arrays.segment().layout().pieceCount()];
        for (int piece = 0; piece < counts.length; piece++) {
            counts[piece] = arrays.segment().steps().stepsAcquire(piece);
        }
        return counts;
    }

    private static void assertAllAre(final ShmArrays arrays, final int expected) {
        final Map<String, Object> values = arrays.read(Object.class);
        values.forEach((name, value) -> {
            final int count = java.lang.reflect.Array.getLength(value);
            for (int i = 0; i < count; i++) {
                final double element = ((Number) java.lang.reflect.Array.get(value, i)).doubleValue();
                if (element != expected) {
                    throw new AssertionError(
                            name + "[" + i + "] is " + element + ", expected " + expected + ", of " + count);
                }
            }
        });
        assertThat(values).hasSize(11);
    }
}
