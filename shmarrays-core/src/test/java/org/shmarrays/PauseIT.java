package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Jvm;

/** A process that was killed in a pause or a push holds no other one back. */
class PauseIT {
    @TempDir
    private Path directory;

    private ShmArrays create() {
        return ShmArrays.create(
                "p",
                List.of(ArraySpec.of("w", FLOAT32, 4)),
                Settings.fromProperties()
                        .withDirectory(directory)
                        .withSlots(4)
                        .withLockTimeout(Duration.ofSeconds(60)));
    }

    @Test
    void shouldEndThePauseOfAKilledSnapshot() {
        try (ShmArrays arrays = create();
                Jvm owner = Jvm.start(Pausing.class, directory)) {
            owner.awaitLine("paused");
            owner.kill();

            arrays.add(Map.of("w", new float[] {1, 2, 3, 4}));

            assertThat(arrays.read().get("w")).containsExactly(1, 2, 3, 4);
            arrays.partitions().whilePaused(() -> {});
        }
    }

    @Test
    void shouldPauseAfterAPauserWasKilled() {
        try (ShmArrays arrays = create();
                Jvm owner = Jvm.start(Pausing.class, directory)) {
            owner.awaitLine("paused");
            owner.kill();

            arrays.partitions()
                    .whilePaused(() -> assertThat(arrays.read().get("w")).containsOnly(0f));
        }
    }

    @Test
    void shouldNotWaitForThePushOfAKilledWorker() {
        try (ShmArrays arrays = create();
                Jvm pusher = Jvm.start(Pushing.class, directory)) {
            pusher.awaitLine("pushing");
            pusher.kill();

            arrays.partitions()
                    .whilePaused(() -> assertThat(arrays.read().get("w")).containsOnly(0f));
        }
    }

    private static void hang(final String line) {
        System.out.println(line);
        while (true) {
            LockSupport.park();
        }
    }

    /** Pauses the segment for ever. */
    static final class Pausing {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("p")) {
                arrays.partitions().whilePaused(() -> hang("paused"));
            }
        }
    }

    /** Hangs in an update function, its partition locked. */
    static final class Pushing {
        public static void main(final String... arguments) {
            final BinaryOperator<float[]> stuck = (gradient, old) -> {
                hang("pushing");
                return gradient;
            };
            try (ShmArrays arrays = ShmArrays.attach("p")) {
                arrays.update(Map.of("w", new float[4]), stuck);
            }
        }
    }
}
