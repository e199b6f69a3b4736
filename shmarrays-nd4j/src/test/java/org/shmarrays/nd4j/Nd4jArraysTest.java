package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.Updates;

class Nd4jArraysTest {
    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(4);
    }

    private static INDArray counting(final DataType type, final char order, final long... shape) {
        final long count = java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return Nd4j.arange(count).castTo(type).reshape('c', shape).dup(order);
    }

    /** The same arrays on both backends' ways. */
    private Nd4jArrays create(final ExecutionerType backend, final Map<String, INDArray> values) {
        final Nd4jArrays created = Nd4jArrays.create("arrays", values, settings());
        return new Nd4jArrays(created.arrays(), Nd4jArrays.transferOf(backend));
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldGiveBackArraysOfEveryTypeShapeAndOrder(final ExecutionerType backend) {
        final Map<String, INDArray> values = new LinkedHashMap<>();
        for (final ElementType type : ElementType.values()) {
            for (final char order : new char[] {'c', 'f'}) {
                final DataType dataType = ElementTypes.stored(type);
                values.put(type + "/scalar/" + order, Nd4j.scalar(dataType, 7));
                values.put(type + "/vector/" + order, counting(dataType, order, 5));
                values.put(type + "/row/" + order, counting(dataType, order, 1, 5));
                values.put(type + "/matrix/" + order, counting(dataType, order, 3, 5));
                values.put(type + "/cube/" + order, counting(dataType, order, 2, 3, 4));
            }
        }
        try (Nd4jArrays arrays = create(backend, values)) {
            final Map<String, INDArray> read = arrays.read();

            assertThat(read.keySet()).containsExactlyElementsOf(values.keySet());
            values.forEach((name, value) -> {
                final INDArray expected =
                        value.castTo(ElementTypes.carried(ElementTypes.elementType(name, value.dataType())));
                assertThat(read.get(name)).as(name).isEqualTo(expected);
                assertThat(read.get(name).dataType()).as(name).isEqualTo(expected.dataType());
                assertThat(read.get(name).shape()).as(name).isEqualTo(value.shape());
            });
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldTakeViewsAndOtherOrdersAndTypesThatLoseNothing(final ExecutionerType backend) {
        final INDArray zeros = Nd4j.zeros(DataType.FLOAT, 3, 5);
        try (Nd4jArrays arrays =
                create(backend, Map.of("w", zeros, "f", zeros.dup('f'), "d", zeros.castTo(DataType.DOUBLE)))) {
            final INDArray gradient = counting(DataType.FLOAT, 'c', 3, 5);
            final INDArray strided =
                    counting(DataType.FLOAT, 'c', 7, 9).get(NDArrayIndex.interval(2, 5), NDArrayIndex.interval(3, 8));
            final INDArray rows =
                    counting(DataType.FLOAT, 'c', 7, 5).get(NDArrayIndex.interval(4, 7), NDArrayIndex.all());

            arrays.add(Map.of("w", gradient, "f", gradient, "d", gradient.castTo(DataType.INT32)));
            arrays.add(Map.of("w", gradient.dup('f'), "f", gradient.dup('f'), "d", gradient));
            arrays.add(Map.of("w", strided, "f", strided, "d", strided));
            arrays.add(Map.of("w", rows, "f", rows, "d", rows));
            arrays.add(Map.of(
                    "w", gradient.castTo(DataType.FLOAT16), "f", gradient.castTo(DataType.BFLOAT16), "d", gradient));

            final INDArray expected = gradient.mul(3).add(strided).add(rows);
            assertThat(arrays.read().get("w")).isEqualTo(expected);
            assertThat(arrays.read().get("f")).isEqualTo(expected);
            assertThat(arrays.read().get("d")).isEqualTo(expected.castTo(DataType.DOUBLE));
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldReadIntoArraysThatTheCallerKeeps(final ExecutionerType backend) {
        final INDArray values = counting(DataType.FLOAT, 'c', 3, 5);
        try (Nd4jArrays arrays = create(backend, Map.of("w", values, "h", values.castTo(DataType.FLOAT16)))) {
            final INDArray same = Nd4j.create(DataType.FLOAT, 3, 5);
            final INDArray whole = Nd4j.create(DataType.FLOAT, 4, 6);
            final INDArray part = whole.get(NDArrayIndex.interval(1, 4), NDArrayIndex.interval(1, 6));
            final INDArray wide = Nd4j.create(DataType.DOUBLE, new long[] {3, 5}, 'f');
            final INDArray half = Nd4j.create(DataType.FLOAT16, 3, 5);

            arrays.readInto(Map.of("w", same, "h", half));
            arrays.readInto(Map.of("w", part));
            arrays.readInto(Map.of("w", wide));

            assertThat(same).isEqualTo(values);
            assertThat(part).isEqualTo(values);
            assertThat(whole.sumNumber().doubleValue()).isEqualTo(14 * 15 / 2);
            assertThat(wide).isEqualTo(values.castTo(DataType.DOUBLE));
            assertThat(half).isEqualTo(values.castTo(DataType.FLOAT16));
        }
    }

    @ParameterizedTest
    @EnumSource(ExecutionerType.class)
    void shouldGiveWhatThePushLeft(final ExecutionerType backend) {
        try (Nd4jArrays arrays = create(backend, Map.of("w", Nd4j.ones(DataType.FLOAT, 2, 3)))) {
            final INDArray gradient = counting(DataType.FLOAT, 'f', 2, 3);

            final INDArray left = arrays.updateAndRead(Map.of("w", gradient), Updates.sgd(0.5))
                    .get("w");
            arrays.updateAndReadInto(Map.of("w", gradient), Updates.sgd(0.5), Map.of("w", gradient));

            assertThat(left).isEqualTo(Nd4j.createFromArray(new float[][] {{1, 0.5f, 0}, {-0.5f, -1, -1.5f}}));
            assertThat(gradient).isEqualTo(Nd4j.createFromArray(new float[][] {{1, 0, -1}, {-2, -3, -4}}));
        }
    }

    @Test
    void shouldKeepTypeShapeAndOrderInSpecs() {
        final INDArray value = Nd4j.zeros(DataType.FLOAT, 784, 128);

        assertThat(Nd4jArrays.specs(Map.of("W", value)))
                .containsExactly(ArraySpec.of("W", ElementType.FLOAT32, 784, 128));
        assertThat(Nd4jArrays.specs(Map.of("W", value.dup('f'))).get(0).order()).isEqualTo(ArrayOrder.F);
        assertThat(Nd4jArrays.specs(Map.of("W", value.transpose())).get(0).shape())
                .containsExactly(128, 784);
        assertThat(Nd4jArrays.specs(Map.of("W", value.transpose())).get(0).order())
                .isEqualTo(ArrayOrder.F);
    }

    @Test
    void shouldShareValuesBetweenHandlesInModesAndWithStateArraysChosenByTheUser() {
        final Map<String, INDArray> values = Map.of("w", Nd4j.ones(DataType.FLOAT, 4));
        final UnaryOperator<ArraySpec> choice =
                spec -> spec.inMode(Mode.HOGWILD).withState(1);
        try (Nd4jArrays one = Nd4jArrays.create("chosen", values, choice, settings());
                Nd4jArrays two = Nd4jArrays.attach("chosen", settings());
                Nd4jArrays three = Nd4jArrays.createOrAttach("chosen", values, choice, settings());
                Nd4jArrays watching = Nd4jArrays.attachReadOnly("chosen", settings())) {
            one.update(values, Updates.momentum(0.5, 0.9));
            two.add(values);

            assertThat(three.read("w").get("w")).isEqualTo(Nd4j.createFromArray(1.5f, 1.5f, 1.5f, 1.5f));
            assertThat(watching.read()).isEqualTo(three.read());
            assertThat(one.arrays().array("w").mode()).isEqualTo(Mode.HOGWILD);
            assertThatThrownBy(() -> watching.add(values)).hasMessageContaining("read-only");
        }
    }

    @Test
    void shouldCreateSegmentUnderUniqueName() {
        final String before = System.getProperty("shmarrays.directory");
        System.setProperty("shmarrays.directory", directory.toString());
        try (Nd4jArrays one = Nd4jArrays.create(Map.of("w", Nd4j.ones(3)));
                Nd4jArrays two = Nd4jArrays.attach(one.name())) {
            assertThat(two.read().get("w")).isEqualTo(Nd4j.ones(3));
            ShmArrays.remove(one.name());
        } finally {
            if (before == null) {
                System.clearProperty("shmarrays.directory");
            } else {
                System.setProperty("shmarrays.directory", before);
            }
        }
    }

    @Test
    void shouldNameBothShapesAndTypesWhenTheyDiffer() {
        try (Nd4jArrays arrays =
                Nd4jArrays.create("errors", Map.of("w", Nd4j.ones(DataType.FLOAT, 2, 3)), settings())) {
            assertThatThrownBy(() -> arrays.add(Map.of("w", Nd4j.ones(DataType.FLOAT, 3, 2))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the gradient has the wrong shape: name=w, expected=[2, 3], given=[3, 2]");
            assertThatThrownBy(() -> arrays.add(Map.of("w", Nd4j.ones(DataType.DOUBLE, 2, 3))))
                    .hasMessage("the gradient has the wrong type: name=w, type=FLOAT, given=DOUBLE; cast it with"
                            + " castTo(DataType.FLOAT)");
            assertThatThrownBy(() -> arrays.readInto(Map.of("w", Nd4j.ones(DataType.FLOAT16, 2, 3))))
                    .hasMessageContaining("the destination has the wrong type: name=w, type=FLOAT, given=HALF");
            assertThatThrownBy(() -> arrays.add(Map.of("v", Nd4j.ones(1))))
                    .hasMessageContaining("array not in segment: name=v, segment=errors, arrays=[w]");
            assertThatThrownBy(() -> arrays.add(Map.of())).hasMessageContaining("no arrays are named");
            assertThat(arrays.read().get("w")).isEqualTo(Nd4j.ones(DataType.FLOAT, 2, 3));
        }
    }

    @Test
    void shouldRefuseToCreateFromEmptyArraysAndFromTypesThatCannotBeShared() {
        assertThatThrownBy(() -> Nd4jArrays.specs(Map.of("w", Nd4j.empty(DataType.FLOAT))))
                .hasMessageContaining("the array is empty: name=w");
        assertThatThrownBy(() -> Nd4jArrays.specs(Map.of("w", Nd4j.create(DataType.BOOL, 3))))
                .hasMessageContaining("arrays of this type can't be shared: name=w, type=BOOL");
    }

    @ParameterizedTest
    @ValueSource(chars = {'c', 'f'})
    void shouldUseMemoryOfGradientItself(final char order) {
        final INDArray gradient = counting(DataType.FLOAT, order, 3, 5);
        try (Nd4jArrays arrays = Nd4jArrays.create("memory", Map.of("w", gradient), settings())) {
            final SharedArray shared = new SharedArray(arrays.arrays().array("w"));

            final FloatBuffer memory =
                    (FloatBuffer) new OwnMemory().source(shared, gradient).values();
            memory.put(1, 42f);

            assertThat(memory.capacity()).isEqualTo(15);
        }
        assertThat(gradient.getFloat(order == 'c' ? new int[] {0, 1} : new int[] {1, 0}))
                .isEqualTo(42f);
    }

    @Test
    void shouldTakeOwnMemoryOnTheCpuAndHostCopiesElsewhere() {
        assertThat(Nd4jArrays.transferOf(ExecutionerType.NATIVE_CPU)).isInstanceOf(OwnMemory.class);
        assertThat(Nd4jArrays.transferOf(ExecutionerType.CUDA)).isInstanceOf(HostCopies.class);
    }
}
