package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * Whatever the length of an array, its last elements are updated as the others are, and neither its neighbour nor
 * what an alias leaves out is touched. The expected values come from the loops over heap arrays.
 */
class KernelTailTest {
    private static final long SEED = 161_803;
    private static final int LONGEST = 70;
    private static final int NEIGHBOUR = 20;
    private static final int STATES = 2;
    private static final List<UpdateFunction> UPDATES =
            List.of(Updates.sgd(0.1), Updates.ema(0.3), Updates.momentum(0.1, 0.9), Updates.adam(0.01));

    @TempDir
    private Path directory;

    @BeforeAll
    static void printSeed() {
        System.out.println("KernelTailTest seed=" + SEED);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT64"})
    void shouldUpdateTheWholeArrayAndNothingElse(final ElementType type) {
        final Random random = new Random(SEED);
        for (final Mode mode : List.of(Mode.HOGWILD, Mode.LOCKED)) {
            final List<ArraySpec> specs = new ArrayList<>();
            for (int length = 1; length <= LONGEST; length++) {
                final int aliasLength = 1 + random.nextInt(length);
                final int aliasFirst = random.nextInt(length - aliasLength + 1);
                specs.add(ArraySpec.of("a" + length, type, length)
                        .withState(STATES)
                        .inMode(mode)
                        .withAlias(new AliasSpec("part" + length, aliasFirst, ArrayOrder.C, aliasLength)));
                specs.add(ArraySpec.of("b" + length, type, NEIGHBOUR)
                        .withState(STATES)
                        .inMode(mode));
            }
            try (ShmArrays arrays = ShmArrays.create("s", specs, settings())) {
                for (int length = 1; length <= LONGEST; length++) {
                    final AliasSpec alias =
                            specs.get(2 * (length - 1)).aliases().get(0);
                    int steps = 0;
                    for (final UpdateFunction update : UPDATES) {
                        steps += update.stateCount() > 0 ? 1 : 0;
                        check(arrays, type, length, "a" + length, 0, length, update, steps, random);
                        steps += update.stateCount() > 0 ? 1 : 0;
                        check(
                                arrays,
                                type,
                                length,
                                alias.name(),
                                alias.elementOffset(),
                                alias.elementCount(),
                                update,
                                steps,
                                random);
                    }
                }
            } finally {
                ShmArrays.remove("s", settings());
            }
        }
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(1);
    }

    private static void check(
            final ShmArrays arrays,
            final ElementType type,
            final int length,
            final String name,
            final int first,
            final int count,
            final UpdateFunction update,
            final long step,
            final Random random) {
        final String array = "a" + length;
        final String neighbour = "b" + length;
        final Object values = random(type, length, random);
        final Object neighbours = random(type, NEIGHBOUR, random);
        final Object pushed = random(type, count, random);
        arrays.array(array).write(values);
        arrays.array(neighbour).write(neighbours);
        final Object[] before = contents(arrays, type, neighbour);
        final Object[] expected = contents(arrays, type, array);

        arrays.array(name).update(pushed, update);

        apply(type, update, step, pushed, expected, first, count);
        assertThat(contents(arrays, type, array)).isEqualTo(expected);
        assertThat(contents(arrays, type, neighbour)).isEqualTo(before);
    }

    private static void apply(
            final ElementType type,
            final UpdateFunction update,
            final long step,
            final Object g,
            final Object[] files,
            final int first,
            final int count) {
        final FormulaUpdate formula = (FormulaUpdate) update;
        final double[] c = new double[Formula.MOST_COEFFICIENTS];
        formula.coefficients(step, c);
        for (int i = 0; i < count; i++) {
            if (type == ElementType.FLOAT32) {
                final float[][] e = new float[files.length][];
                for (int file = 0; file < files.length; file++) {
                    e[file] = new float[] {((float[]) files[file])[first + i]};
                }
                FloatLoops.apply(formula.formula(), c, (float[]) g, i, e[0], 0, new float[][] {e[1], e[2]}, 1);
                for (int file = 0; file < files.length; file++) {
                    ((float[]) files[file])[first + i] = e[file][0];
                }
            } else {
                final double[][] e = new double[files.length][];
                for (int file = 0; file < files.length; file++) {
                    e[file] = new double[] {((double[]) files[file])[first + i]};
                }
                DoubleLoops.apply(formula.formula(), c, (double[]) g, i, e[0], 0, new double[][] {e[1], e[2]}, 1);
                for (int file = 0; file < files.length; file++) {
                    ((double[]) files[file])[first + i] = e[file][0];
                }
            }
        }
    }

    /** The values and the state arrays. */
    private static Object[] contents(final ShmArrays arrays, final ElementType type, final String name) {
        final Object[] contents = new Object[1 + STATES];
        final int count = arrays.array(name).elementCount();
        for (int file = 0; file < contents.length; file++) {
            contents[file] = ElementAccesses.of(type).allocate(count);
        }
        arrays.array(name).readInto(contents[0]);
        for (int k = 0; k < STATES; k++) {
            arrays.array(name).readStateInto(k, contents[1 + k]);
        }
        return contents;
    }

    private static Object random(final ElementType type, final int count, final Random random) {
        final Object values = ElementAccesses.of(type).allocate(count);
        for (int i = 0; i < count; i++) {
            if (type == ElementType.FLOAT32) {
                Array.setFloat(values, i, random.nextFloat() - 0.5f);
            } else {
                Array.setDouble(values, i, random.nextDouble() - 0.5);
            }
        }
        return values;
    }
}
