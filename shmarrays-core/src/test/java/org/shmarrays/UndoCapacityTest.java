package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;

/** Whatever is pushed in one go, its old bytes fit into the undo area, and can be put back. */
class UndoCapacityTest {
    private static final long SEED = 4_711;
    private static final ElementType[] FLOATS = {
        ElementType.FLOAT32, ElementType.FLOAT64, ElementType.FLOAT16, ElementType.BFLOAT16
    };

    @TempDir
    private Path directory;

    /** Adds 1 to values and state arrays, and throws before the last block of the push if told so. */
    private static final class AddOne extends UpdateFunction {
        private int callsLeft;

        AddOne(final int stateCount, final int callsLeft) {
            super("add one", stateCount);
            this.callsLeft = callsLeft;
        }

        private void call() {
            if (callsLeft-- == 0) {
                throw new ArithmeticException("told so");
            }
        }

        @Override
        protected void apply(
                final float[] g,
                final int gOffset,
                final float[] w,
                final int wOffset,
                final float[][] state,
                final int n,
                final long step) {
            call();
            for (int i = wOffset; i < wOffset + n; i++) {
                w[i] += 1;
                for (int k = 0; k < stateCount(); k++) {
                    state[k][i] += 1;
                }
            }
        }

        @Override
        protected void apply(
                final double[] g,
                final int gOffset,
                final double[] w,
                final int wOffset,
                final double[][] state,
                final int n,
                final long step) {
            call();
            for (int i = wOffset; i < wOffset + n; i++) {
                w[i] += 1;
                for (int k = 0; k < stateCount(); k++) {
                    state[k][i] += 1;
                }
            }
        }
    }

    @Test
    void shouldHoldWhateverIsPushed() {
        System.out.println("UndoCapacityTest seed=" + SEED);
        final Random random = new Random(SEED);
        for (int round = 0; round < 60; round++) {
            final int stateCount = random.nextInt(4);
            final List<ArraySpec> specs = specs(random, stateCount);
            final Settings settings = Settings.fromProperties()
                    .withDirectory(directory)
                    .withSlots(2)
                    .withPartitionBytes(random.nextBoolean() ? 0 : 1024 << random.nextInt(9));
            final String name = "undo" + round;
            try (ShmArrays arrays = ShmArrays.create(name, specs, settings)) {
                final Map<String, Object> operands = operands(specs, random.nextBoolean());

                arrays.update(operands, new AddOne(stateCount, -1));
                assertAllOne(arrays, specs, stateCount);

                final int fails = random.nextInt(20);
                assertThatThrownBy(() -> {
                            arrays.update(operands, new AddOne(stateCount, fails));
                            throw new ArithmeticException("came to the end");
                        })
                        .isInstanceOfAny(UpdateFailedException.class, ArithmeticException.class)
                        .satisfies(thrown -> {
                            if (thrown instanceof UpdateFailedException failed) {
                                assertThat(failed).hasMessageContaining("told so");
                                failed.resume();
                            }
                        });
                arrays.array(specs.get(0).name()).update(operandOf(specs.get(0)), new AddOne(stateCount, -1));
            } finally {
                ShmArrays.remove(name, settings);
            }
        }
    }

    /** Between small arrays lies more padding than an entry has bytes of its own. */
    @Test
    void shouldHoldManyScalars() {
        final List<ArraySpec> specs = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            specs.add(ArraySpec.of("a" + i, ElementType.FLOAT16, 1)
                    .inMode(Mode.LOCKED)
                    .withState(1));
        }
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withSlots(1);
        try (ShmArrays arrays = ShmArrays.create("scalars", specs, settings)) {
            arrays.update(operands(specs, false), new AddOne(1, -1));
            assertAllOne(arrays, specs, 1);
        }
    }

    private static List<ArraySpec> specs(final Random random, final int stateCount) {
        final List<ArraySpec> specs = new ArrayList<>();
        final int count = 1 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            final ElementType type = FLOATS[random.nextInt(FLOATS.length)];
            final int elements = 1 + random.nextInt(1 << 2 + random.nextInt(14));
            ArraySpec spec =
                    ArraySpec.of("a" + i, type, elements).inMode(Mode.LOCKED).withState(stateCount);
            if (random.nextBoolean()) {
                int first = 0;
                for (int alias = 0; first < elements; alias++) {
                    final int length = Math.min(elements - first, 1 + random.nextInt(1 << random.nextInt(12)));
                    if (alias > 60) {
                        break;
                    }
                    spec = spec.withAlias(new AliasSpec("a" + i + "_" + alias, first, ArrayOrder.C, length));
                    first += length;
                }
            }
            specs.add(spec);
        }
        return specs;
    }

    /** By aliases where they cover the array, if asked for; by array otherwise. */
    private static Map<String, Object> operands(final List<ArraySpec> specs, final boolean byAlias) {
        final Map<String, Object> operands = new LinkedHashMap<>();
        for (final ArraySpec spec : specs) {
            final int covered =
                    spec.aliases().stream().mapToInt(AliasSpec::elementCount).sum();
            if (byAlias && covered == spec.elementCount()) {
                final List<AliasSpec> aliases = new ArrayList<>(spec.aliases());
                Collections.reverse(aliases);
                aliases.forEach(alias -> operands.put(alias.name(), zeros(spec, alias.elementCount())));
            } else {
                operands.put(spec.name(), operandOf(spec));
            }
        }
        return operands;
    }

    private static Object operandOf(final ArraySpec spec) {
        return zeros(spec, spec.elementCount());
    }

    private static Object zeros(final ArraySpec spec, final int count) {
        return spec.elementType() == ElementType.FLOAT64 ? new double[count] : new float[count];
    }

    private static void assertAllOne(final ShmArrays arrays, final List<ArraySpec> specs, final int stateCount) {
        for (final ArraySpec spec : specs) {
            final ArrayHandle handle = arrays.array(spec.name());
            for (int state = -1; state < stateCount; state++) {
                final Object values = operandOf(spec);
                if (state < 0) {
                    handle.readInto(values);
                } else {
                    handle.readStateInto(state, values);
                }
                for (int i = 0; i < spec.elementCount(); i++) {
                    final double value = values instanceof float[] floats ? floats[i] : ((double[]) values)[i];
                    assertThat(value).as("%s[%d], state %d", spec, i, state).isEqualTo(1);
                }
            }
        }
        for (int piece = 0; stateCount > 0 && piece < arrays.segment().layout().pieceCount(); piece++) {
            assertThat(arrays.segment().steps().stepsPlain(piece))
                    .as("a push is one step")
                    .isOne();
        }
    }
}
