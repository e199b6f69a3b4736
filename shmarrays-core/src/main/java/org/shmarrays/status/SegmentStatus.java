package org.shmarrays.status;

import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.ControlLayout;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.PartitionDescriptor;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.layout.SlotArrayDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Segment;

/**
 * Reads the counters of a segment. It claims no slot, takes no lock and writes nothing; for any thread. Each counter is
 * read on its own, so sums may be out of step with each other by what happened meanwhile.
 */
public final class SegmentStatus {
    private final Segment segment;
    private final AtomicBuffer control;
    private final ControlLayout offsets;
    private final SegmentLayout layout;

    /** The counters of a mapped segment, read-only or not. */
    public SegmentStatus(final Segment segment) {
        this.segment = segment;
        this.control = segment.control();
        this.offsets = segment.controlLayout();
        this.layout = segment.layout();
    }

    /** The segment's name. */
    public String name() {
        return segment.name();
    }

    /** Names of the arrays, in the order of creation. */
    public List<String> arrayNames() {
        return layout.arrays().stream().map(array -> array.spec().name()).toList();
    }

    /** The counters of all arrays, in the order of creation. */
    public List<ArrayStatus> arrays() {
        return layout.arrays().stream().map(this::status).toList();
    }

    /**
     * The counters of an array.
     *
     * @throws IllegalArgumentException if the segment has none of this name
     */
    public ArrayStatus array(final String name) {
        return status(find(name));
    }

    /** True if the array's partitions have locks that are used. */
    public boolean isLocked(final String name) {
        final Mode mode = find(name).spec().mode();
        return mode.isLocked();
    }

    private ArrayLayout find(final String name) {
        final ArrayLayout array = layout.array(name);
        if (array == null) {
            throw new IllegalArgumentException(
                    "array not in segment: name=" + name + ", segment=" + name() + ", arrays=" + arrayNames());
        }
        return array;
    }

    private ArrayStatus status(final ArrayLayout array) {
        long acquisitions = 0;
        long contended = 0;
        long waitNs = 0;
        long maxWaitNs = 0;
        long recoveries = 0;
        for (int p = array.firstPartition(); p < array.partitionsEnd(); p++) {
            final int block = offsets.partition(p);
            acquisitions += PartitionDescriptor.acquisitions(control, block);
            contended += PartitionDescriptor.contended(control, block);
            waitNs += PartitionDescriptor.waitNs(control, block);
            maxWaitNs = Math.max(maxWaitNs, PartitionDescriptor.maxWaitNs(control, block));
            recoveries += PartitionDescriptor.recoveries(control, block);
        }
        long updates = 0;
        long reads = 0;
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final int record = offsets.slotArray(slotId, array.index());
            updates += SlotArrayDescriptor.updates(control, record);
            reads += SlotArrayDescriptor.reads(control, record);
        }
        return new ArrayStatus(
                array.spec(),
                array.partitionCount(),
                acquisitions,
                contended,
                waitNs,
                maxWaitNs,
                recoveries,
                updates,
                reads);
    }

    /** The counters of all slots that were ever claimed. */
    public List<WorkerStatus> workers() {
        return IntStream.range(0, claimedSlots()).mapToObj(this::worker).toList();
    }

    /** True if some worker waits for the lock of a partition at this moment. */
    public boolean hasWaiter(final int partition) {
        return IntStream.range(0, claimedSlots())
                .anyMatch(slotId -> SlotDescriptor.waitsForAcquire(control, offsets.slot(slotId)) == partition);
    }

    private int claimedSlots() {
        return segment.claimedSlots();
    }

    private WorkerStatus worker(final int slotId) {
        final int slot = offsets.slot(slotId);
        final boolean active = SlotDescriptor.stateAcquire(control, slot) == SlotDescriptor.ACTIVE;
        return new WorkerStatus(
                slotId,
                active,
                SlotDescriptor.pid(control, slot),
                SlotDescriptor.rank(control, slot),
                SlotDescriptor.worldSize(control, slot),
                SlotDescriptor.runId(control, slot),
                SlotDescriptor.clockAcquire(control, slot),
                SlotDescriptor.barriersAcquire(control, slot),
                SlotDescriptor.heartbeatMs(control, slot),
                SlotDescriptor.samples(control, slot),
                SlotDescriptor.lossSum(control, slot),
                SlotDescriptor.lossCount(control, slot),
                SlotDescriptor.pullNs(control, slot),
                SlotDescriptor.gradientNs(control, slot),
                SlotDescriptor.pushNs(control, slot),
                SlotDescriptor.stepNs(control, slot),
                SlotDescriptor.updates(control, slot),
                SlotDescriptor.reads(control, slot),
                SlotDescriptor.readRetries(control, slot),
                SlotDescriptor.lockWaitNs(control, slot),
                SlotDescriptor.turnWaitNs(control, slot));
    }
}
