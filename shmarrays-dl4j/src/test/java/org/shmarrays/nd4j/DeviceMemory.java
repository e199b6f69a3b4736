package org.shmarrays.nd4j;

import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;

/** Gives chunks to the CPU backend the way a device gets them: as copies, through Java arrays. */
public final class DeviceMemory {
    private DeviceMemory() {}

    public static ChunkArrays of(final ArrayHandle array, final ChunkPush push) {
        return ChunkCopies.of(array, push, new HostCopies());
    }
}
