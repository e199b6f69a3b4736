package org.shmarrays.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.ArrayStatus;
import org.shmarrays.status.LockStatus;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;
import org.shmarrays.status.WorkerStatus;

/**
 * What has happened between two looks at a segment, and how it was at the later one. Immutable.
 *
 * @param now the later snapshot
 * @param change since the earlier one
 * @param arrays in the order of creation
 * @param hottest the partitions whose locks were waited for longest in the interval, or else since the segment's
 *     creation
 * @param workers those that have not departed, by slot
 */
public record LiveView(
        StatusSnapshot now,
        StatusSnapshot.Change change,
        List<ArrayRow> arrays,
        List<PartitionRow> hottest,
        List<WorkerRow> workers) {
    /** Number of partitions that are shown. */
    public static final int HOTTEST = 8;

    /**
     * An array.
     *
     * @param total since the segment's creation
     * @param change in the interval
     */
    public record ArrayRow(ArrayStatus total, ArrayStatus change) {}

    /**
     * A partition.
     *
     * @param name the arrays in it
     * @param total since the segment's creation
     * @param change in the interval
     */
    public record PartitionRow(String name, SegmentStatus.Partition total, LockStatus change) {}

    /**
     * A worker.
     *
     * @param now its slot
     * @param change in the interval; empty where the slot changed its owner meanwhile, because the counts of both are
     *     in it
     */
    public record WorkerRow(WorkerStatus now, Optional<WorkerStatus.Counters> change) {}

    /**
     * Sets two looks side by side.
     *
     * @throws IllegalArgumentException if they are of two creations
     */
    public static LiveView between(final Look earlier, final Look later) {
        final StatusSnapshot.Change change = later.snapshot().since(earlier.snapshot());
        final List<ArrayRow> arrays = new ArrayList<>();
        for (int i = 0; i < change.arrays().size(); i++) {
            arrays.add(new ArrayRow(
                    later.snapshot().arrays().get(i), change.arrays().get(i)));
        }
        final List<WorkerRow> workers = later.snapshot().workers().stream()
                .filter(WorkerStatus::active)
                .map(worker -> new WorkerRow(worker, ownChange(earlier.snapshot(), worker, change)))
                .toList();
        return new LiveView(later.snapshot(), change, List.copyOf(arrays), hottest(earlier, later), workers);
    }

    private static Optional<WorkerStatus.Counters> ownChange(
            final StatusSnapshot earlier, final WorkerStatus worker, final StatusSnapshot.Change change) {
        final int slotId = worker.slotId();
        final boolean isSlotNew = slotId >= earlier.workers().size()
                || earlier.workers().get(slotId).state() == WorkerState.NONE;
        return isSlotNew || worker.isSameOwner(earlier.workers().get(slotId))
                ? Optional.of(change.workers().get(slotId))
                : Optional.empty();
    }

    private static List<PartitionRow> hottest(final Look earlier, final Look later) {
        final List<PartitionRow> rows = new ArrayList<>();
        for (final SegmentStatus.Partition partition : later.partitions()) {
            if (partition.lock().contended() > 0) {
                rows.add(new PartitionRow(
                        later.partitionNames().get(partition.index()),
                        partition,
                        partition
                                .lock()
                                .since(earlier.partitions()
                                        .get(partition.index())
                                        .lock())));
            }
        }
        final Comparator<PartitionRow> recent =
                Comparator.comparingLong(row -> row.change().waits().sum());
        final Comparator<PartitionRow> ever =
                Comparator.comparingLong(row -> row.total().lock().waits().sum());
        return rows.stream()
                .sorted(recent.thenComparing(ever).reversed())
                .limit(HOTTEST)
                .toList();
    }
}
