package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.ElementwiseFunction;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/** Several arrays, prepared once. */
class ArrayGroupTest {
    @TempDir
    private Path directory;

    private ShmArrays create() {
        return ShmArrays.create(
                "g",
                List.of(
                        ArraySpec.of("a", ElementType.FLOAT32, 3),
                        ArraySpec.of("b", ElementType.FLOAT64, 2),
                        ArraySpec.of("c", ElementType.FLOAT32, 6).withAlias(new AliasSpec("c2", 2, ArrayOrder.C, 4))),
                Settings.fromProperties().withDirectory(directory).withSlots(2));
    }

    @Test
    void shouldTakeAndGiveValuesInTheOrderOfItsNames() {
        try (ShmArrays arrays = create()) {
            final ArrayGroup group = arrays.group("c2", "b", "a");
            assertThat(group.names()).containsExactly("c2", "b", "a");

            group.write(new Object[] {new float[] {1, 2, 3, 4}, new double[] {5, 6}, new float[] {7, 8, 9}});
            group.update(
                    new Object[] {new float[] {1, 1, 1, 1}, new double[] {2, 2}, FloatBuffer.wrap(new float[] {3, 3, 3})
                    },
                    Updates.add());

            final float[] c2 = new float[4];
            final double[] b = new double[2];
            final float[] a = new float[3];
            group.readInto(new Object[] {c2, b, a});
            assertThat(c2).containsExactly(2, 3, 4, 5);
            assertThat(b).containsExactly(7, 8);
            assertThat(a).containsExactly(10, 11, 12);
            final float[] c = new float[6];
            arrays.array("c").readInto(c);
            assertThat(c).containsExactly(0, 0, 2, 3, 4, 5);

            group.updateAndRead(
                    new Object[] {new float[4], new double[] {1, 1}, new float[] {1, 0, 0}},
                    Updates.add(),
                    new Object[] {c2, b, a});
            assertThat(b).containsExactly(8, 9);
            assertThat(a).containsExactly(11, 11, 12);
        }
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        try (ShmArrays arrays = create()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> arrays.group("a", "x"))
                    .withMessageContaining("name=x");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> arrays.group("c", "c2"))
                    .withMessageContaining("overlap");
            assertThatIllegalArgumentException().isThrownBy(arrays::group).withMessageContaining("no arrays");
            final ArrayGroup group = arrays.group("a", "b");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.update(new Object[] {new float[3]}, Updates.add()))
                    .withMessageContaining("given=1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.update(new Object[] {new float[3], new double[3]}, Updates.add()))
                    .withMessageContaining("name=b");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.updateAndRead(
                            new Object[] {new float[3], new double[2]}, Updates.add(), new Object[] {new float[3], null
                            }))
                    .withMessageContaining("name=b");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.readInto(new Object[] {null, new double[2]}))
                    .withMessageContaining("name=a");
        }
    }

    /** A failed push is the exception's from then on: the next one does not change what it resumes. */
    @Test
    void shouldResumeAFailedPushAfterOthers() {
        final Settings settings =
                Settings.fromProperties().withDirectory(directory).withSlots(2).withPartitionBytes(64);
        final List<ArraySpec> specs =
                List.of(ArraySpec.of("a", ElementType.FLOAT32, 16), ArraySpec.of("b", ElementType.FLOAT32, 16));
        try (ShmArrays arrays = ShmArrays.create("r", specs, settings)) {
            final ArrayGroup group = arrays.group("a", "b");
            final boolean[] fails = {true};
            final ElementwiseFunction<float[]> add = (g, gOffset, w, wOffset, n) -> {
                for (int i = 0; i < n; i++) {
                    w[wOffset + i] += g[gOffset + i];
                }
                if (fails[0] && g[gOffset] == 2) {
                    throw new ArithmeticException("told so");
                }
            };
            final float[] ones = new float[16];
            final float[] twos = new float[16];
            java.util.Arrays.fill(ones, 1);
            java.util.Arrays.fill(twos, 2);
            final UpdateFailedException failed = catchThrowableOfType(
                    UpdateFailedException.class,
                    () -> group.update(new Object[] {ones, twos}, UpdateFunction.of(add, float[].class)));

            group.update(new Object[] {new float[16], new float[16]}, Updates.sgd(1));
            fails[0] = false;
            failed.resume();

            final float[] a = new float[16];
            final float[] b = new float[16];
            group.readInto(new Object[] {a, b});
            assertThat(a).containsOnly(1);
            assertThat(b).containsOnly(2);
        }
    }

    /** In the manner of a training step; the first calls make what is used again. */
    @Test
    void shouldAllocateNothingInSteadyState() {
        for (final Mode mode : new Mode[] {Mode.HOGWILD, Mode.LOCKED, Mode.ATOMIC}) {
            final Settings settings =
                    Settings.fromProperties().withDirectory(directory).withSlots(2);
            final int stateCount = mode.comparesAndSets() ? 0 : 2;
            final List<ArraySpec> specs = List.of(
                    ArraySpec.of("a", ElementType.FLOAT32, 3_000)
                            .withState(stateCount)
                            .inMode(mode),
                    ArraySpec.of("b", ElementType.FLOAT64, 1_001)
                            .withState(stateCount)
                            .inMode(mode));
            try (ShmArrays arrays = ShmArrays.create("s" + mode, specs, settings)) {
                final ArrayGroup group = arrays.group("a", "b");
                final ArrayHandle handle = arrays.array("a");
                final float[] a = new float[3_000];
                final Object[] values = {a, new double[1_001]};
                final UpdateFunction update = mode.comparesAndSets() ? Updates.sgd(0.1) : Updates.adam(0.1);
                Allocations.assertNone(() -> {
                    group.update(values, update);
                    group.readInto(values);
                    handle.update(a, Updates.add());
                    handle.readInto(a);
                    handle.updateAndRead(a, Updates.add(), a);
                });
            }
        }
    }
}
