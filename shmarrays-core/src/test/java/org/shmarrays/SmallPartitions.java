package org.shmarrays;

import java.nio.file.Path;
import java.util.List;
import org.shmarrays.layout.ArraySpec;

/**
 * The segment {@code s}, in partitions of 1 KiB, which are 256 floats.
 *
 * @param directory where it stands
 */
record SmallPartitions(Path directory) {
    Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(3).withPartitionBytes(1024);
    }

    ShmArrays create(final ArraySpec... specs) {
        return ShmArrays.create("s", List.of(specs), settings());
    }

    void remove() {
        ShmArrays.remove("s", settings());
    }
}
