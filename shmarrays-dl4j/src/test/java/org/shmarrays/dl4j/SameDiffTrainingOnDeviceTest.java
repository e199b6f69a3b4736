package org.shmarrays.dl4j;

import org.shmarrays.layout.Mode;
import org.shmarrays.nd4j.DeviceMemory;

/** {@link SameDiffTrainingTest} with copies, as they are used on a device. */
class SameDiffTrainingOnDeviceTest extends SameDiffTrainingTest {
    @Override
    TrainingOptions options(final Mode mode) {
        return super.options(mode).withMemory(DeviceMemory::of);
    }
}
