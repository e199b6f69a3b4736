package org.shmarrays.dl4j;

import org.shmarrays.nd4j.DeviceMemory;
import org.shmarrays.worker.Worker;

/** {@link OrderedTrainingTest} with copies, as they are used on a device. */
class OrderedTrainingOnDeviceTest extends OrderedTrainingTest {
    @Override
    TrainingOptions options(final Worker worker) {
        return super.options(worker).withMemory(DeviceMemory::of);
    }
}
