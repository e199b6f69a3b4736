package org.shmarrays.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;

class ArrayViewsTest {
    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(2);
    }

    private Nd4jArrays create(final Map<String, INDArray> values) {
        return Nd4jArrays.create("views", values, spec -> spec.inMode(Mode.HOGWILD), settings());
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldBeTheSharedMemoryInBothDirections(final ElementType type) {
        final DataType dataType = ElementTypes.stored(type);
        final INDArray values = Nd4j.arange(12).castTo(dataType).reshape(3, 4);
        try (Nd4jArrays arrays = create(Map.of(
                "c", values, "f", values.dup('f'), "scalar", Nd4j.scalar(dataType, 7), "vector", values.reshape(12)))) {
            for (final Map.Entry<String, INDArray> entry : arrays.read().entrySet()) {
                final INDArray view = arrays.view(entry.getKey());
                final INDArray again = arrays.view(entry.getKey());

                assertThat(view.dataType()).isEqualTo(dataType);
                assertThat(view.shape()).isEqualTo(entry.getValue().shape());
                assertThat(view).isEqualTo(entry.getValue().castTo(dataType));
                assertThat(view.data().pointer().address())
                        .isEqualTo(BufferUtil.address(
                                arrays.arrays().array(entry.getKey()).view()));

                view.addi(1);
                final INDArray more = entry.getValue().add(1);
                assertThat(again).isEqualTo(more.castTo(dataType));
                assertThat(arrays.read(entry.getKey()).get(entry.getKey())).isEqualTo(more);

                arrays.add(Map.of(entry.getKey(), more));
                assertThat(view).isEqualTo(more.mul(2).castTo(dataType));
            }
            assertThat(arrays.view("f").ordering()).isEqualTo('f');
            assertThat(arrays.view("c").ordering()).isEqualTo('c');
        }
    }

    @Test
    void shouldShowAliasesInTheirOwnShapeAndOrder() {
        final INDArray flat = Nd4j.arange(20).castTo(DataType.FLOAT);
        try (Nd4jArrays arrays = Nd4jArrays.create(
                "views",
                Map.of("params", flat),
                spec -> spec.inMode(Mode.HOGWILD)
                        .withAlias(new AliasSpec("0_W", 2, ArrayOrder.F, 3, 4))
                        .withAlias(new AliasSpec("0_b", 14, ArrayOrder.C, 1, 4)),
                settings())) {
            final INDArray weights = arrays.view("0_W");
            weights.putScalar(1, 2, 99f);

            assertThat(weights.shape()).containsExactly(3, 4);
            assertThat(weights.ordering()).isEqualTo('f');
            assertThat(arrays.view("params").getFloat(2 + 1 + 2 * 3)).isEqualTo(99f);
            assertThat(arrays.read("0_W").get("0_W")).isEqualTo(weights);
            assertThat(arrays.view("0_b"))
                    .isEqualTo(flat.get(NDArrayIndex.interval(14, 18)).reshape(1, 4));
        }
    }

    @Test
    void shouldServeBlasAndInPlaceOperations() {
        final INDArray values = Nd4j.rand(DataType.FLOAT, 784, 128).dup('f');
        try (Nd4jArrays arrays = create(Map.of("w", values))) {
            final INDArray x = Nd4j.rand(DataType.FLOAT, 16, 784);

            assertThat(x.mmul(arrays.view("w")).equalsWithEps(x.mmul(values), 1e-4))
                    .isTrue();

            Nd4j.getBlasWrapper().level1().axpy(values.length(), -1, values, arrays.view("w"));
            assertThat(arrays.read().get("w").amaxNumber().floatValue()).isZero();
        }
    }

    /** The mapping must outlive handle and segment, and memory that ND4J did not allocate must not be freed. */
    @Test
    void shouldKeepTheMappingReachableAndNeverFreeIt() {
        INDArray view = null;
        INDArray part = null;
        for (int round = 0; round < 20; round++) {
            try (Nd4jArrays arrays = create(Map.of("w", Nd4j.ones(DataType.FLOAT, 300, 400)))) {
                for (int i = 0; i < 500; i++) {
                    view = arrays.view("w");
                    part = view.get(NDArrayIndex.interval(100, 200), NDArrayIndex.all());
                    part.addi(1);
                }
            }
            ShmArrays.remove("views", settings());
            view = null;
            System.gc();
            final INDArray garbage = Nd4j.create(DataType.FLOAT, 300, 400);
            garbage.assign(-1);

            assertThat(part.minNumber().floatValue()).isEqualTo(501f);
            assertThat(part.addi(1).maxNumber().floatValue()).isEqualTo(502f);
        }
    }

    @Test
    void shouldNotFreeTheMemoryWhenTheViewIsClosed() {
        try (Nd4jArrays arrays = create(Map.of("w", Nd4j.ones(DataType.FLOAT, 100)))) {
            final INDArray view = arrays.view("w");
            view.close();

            assertThat(arrays.view("w")).isEqualTo(Nd4j.ones(DataType.FLOAT, 100));
        }
    }

    @Test
    void shouldRefuseViewsThatCouldNotKeepTheirPromise() {
        try (Nd4jArrays arrays = create(Map.of("w", Nd4j.ones(3)));
                Nd4jArrays watching = Nd4jArrays.attachReadOnly("views", settings());
                Nd4jArrays ordered = Nd4jArrays.create(
                        "ordered", Map.of("w", Nd4j.ones(3)), spec -> spec.inMode(Mode.ORDERED), settings())) {
            final Nd4jArrays onDevice = new Nd4jArrays(arrays.arrays(), new HostCopies());

            assertThatThrownBy(() -> watching.view("w"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("read-only");
            assertThatThrownBy(() -> ordered.view("w")).hasMessageContaining("ORDERED");
            assertThatThrownBy(() -> onDevice.view("w")).hasMessageContaining("only the CPU backend's arrays");
            assertThat(onDevice.isZeroCopy()).isFalse();
            assertThat(arrays.isZeroCopy()).isTrue();
        }
        final Nd4jArrays closed = Nd4jArrays.attach("views", settings());
        closed.close();
        assertThatThrownBy(() -> closed.view("w")).hasMessageContaining("closed");
    }
}
