package org.shmarrays;

import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.List;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.status.WorkerStatus;
import org.shmarrays.testing.Await;

/** Segments {@code w} of one array {@code w} in one partition: tests have others hold its lock, and look at it. */
final class OneLock {
    /** What is pushed. */
    static final float[] ONES = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

    static final ArraySpec SPEC = ArraySpec.of("w", FLOAT32, ONES.length);

    private OneLock() {}

    static Settings settings(final Path directory) {
        return Settings.fromProperties().withDirectory(directory).withSlots(8).withLockTimeout(Await.DEADLINE);
    }

    static ShmArrays create(final Path directory) {
        return ShmArrays.create("w", List.of(SPEC), settings(directory));
    }

    static long word(final ShmArrays arrays) {
        return arrays.segment().partitions().lockAcquire(0);
    }

    static long recoveries(final ShmArrays arrays) {
        return arrays.status().array("w").recoveries();
    }

    /** The highest slot of this process; in these tests that of the last attachment. */
    static int lastOwnSlot(final ShmArrays arrays) {
        return arrays.status().workers().stream()
                .filter(worker -> worker.active()
                        && worker.pid() == ProcessHandle.current().pid())
                .mapToInt(WorkerStatus::slotId)
                .max()
                .orElseThrow();
    }
}
