package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.DeviceMemory;

/** All that is true of views of the shared memory is true of copies, as they are used on a device. */
class SharedTrainingOnDeviceTest extends SharedTrainingTest {
    @Override
    TrainingOptions options(final Mode mode) {
        return super.options(mode).withMemory(DeviceMemory::of);
    }

    /** A device can't compute on the shared memory: the network gets what is there in its next step. */
    @Test
    @Override
    void shouldComputeOnSharedMemoryInModeHogwild() {
        final MultiLayerNetwork network = new MultiLayerNetwork(Networks.dense(
                Networks.builder(DataType.DOUBLE, new Adam(0.05)), Configurations.INPUTS, 6, Configurations.CLASSES));
        network.init();
        try (SharedTraining training = SharedTraining.join(network, options(Mode.HOGWILD))) {
            training.arrays().view("params").assign(0.25);
            assertThat(network.getLayer(0).getParam("b").toDoubleVector()).containsOnly(0);

            training.pull();

            assertThat(network.getLayer(0).getParam("b").toDoubleVector()).containsOnly(0.25);
        }
    }
}
