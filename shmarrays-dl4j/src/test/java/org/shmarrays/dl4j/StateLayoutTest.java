package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

class StateLayoutTest {
    private static final double UNUSED = -1;

    private static List<INDArray> stateArrays(final NetworkRanges network) {
        return IntStream.range(0, network.stateCount())
                .mapToObj(i -> Nd4j.valueArrayOf(new long[] {network.elementCount()}, UNUSED, DataType.DOUBLE))
                .toList();
    }

    /** Expected elements are those that the updater of DL4J's block has for a parameter. */
    @Test
    void shouldPutEachElementOfStateAtItsParameter() {
        Configurations.models(DataType.DOUBLE).forEach((name, model) -> {
            final NetworkRanges network = NetworkRanges.of(Configurations.updater(model));
            final INDArray flat = numbered(model);
            final List<INDArray> arrays = stateArrays(network);

            new StateLayout(network).toArrays(flat, arrays);

            for (final UpdaterBlock block : Configurations.updater(model).getUpdaterBlocks()) {
                final List<INDArray> states = states(block);
                for (int i = 0; i < arrays.size(); i++) {
                    for (int element = block.getParamOffsetStart(); element < block.getParamOffsetEnd(); element++) {
                        assertThat(arrays.get(i).getDouble(element))
                                .as("%s: element %s of state array %s", name, element, i)
                                .isEqualTo(
                                        i < states.size()
                                                ? states.get(i).getDouble(element - block.getParamOffsetStart())
                                                : UNUSED);
                    }
                }
            }
        });
    }

    /** Gives each element of DL4J's state its index as value. */
    private static INDArray numbered(final Model model) {
        final INDArray flat = Configurations.updater(model).getStateViewArray();
        if (flat != null) {
            flat.assign(Nd4j.arange(flat.length()).castTo(DataType.DOUBLE).reshape(flat.shape()));
        }
        return flat;
    }

    private static List<INDArray> states(final UpdaterBlock block) {
        if (block.getUpdaterViewOffsetStart() == block.getUpdaterViewOffsetEnd()) {
            return List.of();
        }
        final GradientUpdater<?> updater = block.getGradientUpdater();
        return updater.getState().values().stream()
                .sorted(Comparator.comparingLong(INDArray::offset))
                .map(state -> state.reshape(state.length()))
                .toList();
    }

    @Test
    void shouldGiveBackTheFlatStateItWasGiven() {
        Configurations.models(DataType.DOUBLE).forEach((name, model) -> {
            final NetworkRanges network = NetworkRanges.of(Configurations.updater(model));
            final StateLayout layout = new StateLayout(network);
            final INDArray flat = numbered(model);
            final List<INDArray> arrays = stateArrays(network);
            layout.toArrays(flat, arrays);

            final INDArray back = layout.toFlat(arrays, DataType.DOUBLE);

            assertThat(layout.flatLength()).as(name).isEqualTo(flat == null ? 0 : flat.length());
            if (flat == null) {
                assertThat(back).as(name).isNull();
            } else {
                assertThat(back).as(name).isEqualTo(flat.reshape(flat.length()));
            }
        });
    }

    /**
     * Worked by hand: Adam's m of the six weights, then its v; the three biases have no state; the eight parameters of
     * the output layer have one velocity each.
     */
    @Test
    void shouldLayOutMixedUpdatersAsWorkedByHand() {
        final MultiLayerNetwork network = new MultiLayerNetwork(Networks.builder(DataType.DOUBLE, new Nesterovs(0.1))
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(2)
                        .nOut(3)
                        .updater(new Adam(0.1))
                        .biasUpdater(new Sgd(0.1))
                        .build())
                .layer(Networks.output(3, 2))
                .build());
        network.init();
        final NetworkRanges ranges = NetworkRanges.of(Configurations.updater(network));
        final List<INDArray> arrays = stateArrays(ranges);

        new StateLayout(ranges).toArrays(numbered(network), arrays);

        assertThat(arrays).hasSize(2);
        assertThat(arrays.get(0).toDoubleVector())
                .containsExactly(0, 1, 2, 3, 4, 5, UNUSED, UNUSED, UNUSED, 12, 13, 14, 15, 16, 17, 18, 19);
        assertThat(arrays.get(1).toDoubleVector())
                .startsWith(6, 7, 8, 9, 10, 11)
                .endsWith(IntStream.range(0, 11).mapToDouble(i -> UNUSED).toArray());
    }

    @Test
    void shouldTakeFlatStateOfRankTwo() {
        final MultiLayerNetwork network =
                new MultiLayerNetwork(Networks.dense(Networks.builder(DataType.DOUBLE, new Adam(0.1)), 2, 3, 2));
        network.init();
        final NetworkRanges ranges = NetworkRanges.of(Configurations.updater(network));
        final List<INDArray> arrays = stateArrays(ranges);

        new StateLayout(ranges).toArrays(Nd4j.arange(34).castTo(DataType.DOUBLE).reshape(1, 34), arrays);

        assertThat(arrays.get(1).getDouble(0)).isEqualTo(17);
    }

    @Test
    void shouldRefuseStateOfAnotherNetwork() {
        final MultiLayerNetwork network =
                new MultiLayerNetwork(Networks.dense(Networks.builder(DataType.DOUBLE, new Adam(0.1)), 2, 3, 2));
        network.init();
        final NetworkRanges ranges = NetworkRanges.of(Configurations.updater(network));
        final StateLayout layout = new StateLayout(ranges);
        final List<INDArray> arrays = stateArrays(ranges);

        assertThatThrownBy(() -> layout.toArrays(Nd4j.zeros(DataType.DOUBLE, 33), arrays))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("updater state of another network: elements=33, expected=34");
        assertThatThrownBy(() -> layout.toArrays(null, arrays)).hasMessageContaining("elements=0, expected=34");
        assertThatThrownBy(() -> layout.toFlat(arrays.subList(0, 1), DataType.DOUBLE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("state arrays of another network: lengths=[17], expected=2 of 17");
    }
}
