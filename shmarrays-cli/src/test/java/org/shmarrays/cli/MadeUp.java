package org.shmarrays.cli;

import java.util.List;
import java.util.UUID;
import org.shmarrays.internal.layout.HistogramDescriptor;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.report.Look;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.Log2Histogram;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;

/**
 * Counters of a segment that never was: arrays "hot" (LOCKED, two partitions) and "free" (HOGWILD), workers 0 and 1.
 */
final class MadeUp {
    private static final UUID UID = new UUID(1, 2);
    private static final long CREATED_MS = 1_000_000_000_000L;
    private static final long NS_PER_MS = 1_000_000;

    private MadeUp() {}

    /** The state at a time after the creation, if each second brings the same. */
    static Look lookAt(final long ms, final WorkerState stateOfOne) {
        return lookAt(ms, stateOfOne, run(false, 0, 0, 0));
    }

    /** A run that nothing steers. */
    static StatusSnapshot.Run run(
            final boolean countsEpochs, final long epoch, final long endedPasses, final long samplesOfEpoch) {
        return new StatusSnapshot.Run(
                false, 0, 0, 0, -1, 0, 0, 0, 0, 0, countsEpochs, epoch, endedPasses, samplesOfEpoch);
    }

    /** The same, of a training that counts epochs. */
    static Look lookAt(final long ms, final WorkerState stateOfOne, final StatusSnapshot.Run run) {
        final LockStatus hot = lock(ms, 8, 2);
        final StatusSnapshot snapshot = new StatusSnapshot(
                "made-up",
                UID,
                CREATED_MS,
                77,
                WorkerState.RUNNING,
                CREATED_MS + ms,
                ms * NS_PER_MS,
                3 << 20,
                0,
                4,
                run,
                hot,
                List.of(array("hot", Mode.LOCKED, 2, hot, ms), array("free", Mode.HOGWILD, 1, lock(0, 0, 0), 2 * ms)),
                List.of(
                        worker(0, WorkerState.RUNNING, ms),
                        worker(1, stateOfOne, ms),
                        worker(2, WorkerState.DEPARTED, ms)));
        return new Look(
                snapshot,
                List.of(
                        new SegmentStatus.Partition(0, 4096, lock(ms, 2, 0), 2, -1, 0),
                        new SegmentStatus.Partition(1, 4096, lock(ms, 6, 2), 3, 0, 1),
                        new SegmentStatus.Partition(2, 64, lock(0, 0, 0), 0, -1, 0)),
                List.of("hot 1/2", "hot 2/2", "free"));
    }

    private static ArrayStatus array(
            final String name, final Mode mode, final int partitions, final LockStatus lock, final long updates) {
        final ArraySpec spec = ArraySpec.of(name, ElementType.FLOAT32, 8, 4).inMode(mode);
        return new ArrayStatus(spec, partitions, lock, updates, updates * 128, updates, updates * 128);
    }

    private static LockStatus lock(final long ms, final long acquisitionsPerMs, final long contendedPerMs) {
        final long contended = contendedPerMs * ms;
        return new LockStatus(
                acquisitionsPerMs * ms,
                contended,
                ms == 0 ? 0 : 1,
                acquisitionsPerMs * ms,
                times(contended, 1_500),
                times(acquisitionsPerMs * ms, 700));
    }

    /** That many values of the same size. */
    private static Log2Histogram times(final long count, final long ns) {
        final long[] counts = new long[HistogramDescriptor.BUCKETS];
        counts[HistogramDescriptor.bucket(ns, HistogramDescriptor.TIME_SHIFT)] = count;
        return Log2Histogram.ofTimes(counts, count * ns, count == 0 ? 0 : ns);
    }

    private static WorkerStatus worker(final int slotId, final WorkerState state, final long ms) {
        final long[] staleness = new long[HistogramDescriptor.BUCKETS];
        staleness[HistogramDescriptor.bucket(1, HistogramDescriptor.COUNT_SHIFT)] = ms;
        final WorkerStatus.Counters counters = new WorkerStatus.Counters(
                64 * ms,
                0.25 * ms,
                ms,
                0,
                0,
                0,
                0,
                ms * NS_PER_MS,
                0,
                ms,
                128 * ms,
                ms,
                128 * ms,
                0,
                times(ms, 1_500),
                times(ms, 700),
                Log2Histogram.ofNumbers(staleness, ms, 1));
        return new WorkerStatus(
                slotId, state, 100 + slotId, slotId, 2, 9, CREATED_MS, ms, 0, CREATED_MS + ms - 50, -1, 0.1, counters);
    }
}
