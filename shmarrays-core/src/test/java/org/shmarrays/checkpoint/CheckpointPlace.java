package org.shmarrays.checkpoint;

import java.nio.file.Path;
import java.time.Duration;
import org.shmarrays.Settings;

/**
 * Where a test keeps its checkpoint, and its segments below.
 *
 * @param directory of the test
 */
record CheckpointPlace(Path directory) {
    Path file() {
        return directory.resolve("c.npz");
    }

    Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(4)
                .withLockTimeout(Duration.ofSeconds(60));
    }
}
