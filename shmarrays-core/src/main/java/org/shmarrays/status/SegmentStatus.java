package org.shmarrays.status;

import java.util.List;
import java.util.stream.IntStream;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.EpochCount;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.LockToken;
import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.SlotArrayTable;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.worker.Liveness;
import org.shmarrays.layout.Mode;

/**
 * Reads the counters of a segment. It claims no slot, takes no lock and writes nothing; for any thread. Each counter is
 * read on its own, so sums may be out of step with each other by what happened meanwhile.
 */
public final class SegmentStatus {
    static {
        Doors.STATUS.open(SegmentStatus::new);
        Doors.EVENTS.open(status -> new EventReader(status.segment));
    }

    private final Segment segment;
    private final SegmentLayout layout;

    /** Of all arrays. */
    private final long valueBytes;

    /** The counters of a mapped segment, read-only or not. */
    SegmentStatus(final Segment segment) {
        this.segment = segment;
        this.layout = segment.layout();
        this.valueBytes = layout.arrays().stream()
                .mapToLong(array -> array.spec().lengthBytes())
                .sum();
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
            throw new IllegalArgumentException("array not in segment: name=" + Printable.text(name) + ", segment="
                    + name() + ", arrays=" + Printable.list(arrayNames()));
        }
        return array;
    }

    private ArrayStatus status(final ArrayLayout array) {
        long updates = 0;
        long updateBytes = 0;
        long reads = 0;
        long readBytes = 0;
        for (int slotId = 0; slotId < claimedSlots(); slotId++) {
            final SlotArrayTable counters = segment.slotArrays();
            final long wholeUpdates = segment.slotAccesses().wholeUpdates(slotId);
            final long wholeReads = segment.slotAccesses().wholeReads(slotId);
            final long lengthBytes = array.spec().lengthBytes();
            updates += counters.updates(slotId, array.index()) + wholeUpdates;
            updateBytes += counters.updateBytes(slotId, array.index()) + wholeUpdates * lengthBytes;
            reads += counters.reads(slotId, array.index()) + wholeReads;
            readBytes += counters.readBytes(slotId, array.index()) + wholeReads * lengthBytes;
        }
        return new ArrayStatus(
                array.spec(), array.partitionCount(), lockOf(array), updates, updateBytes, reads, readBytes);
    }

    private LockStatus lockOf(final ArrayLayout array) {
        return array.spec().mode().isLocked() ? locks(array.firstPartition(), array.partitionsEnd()) : LockStatus.NONE;
    }

    private LockStatus locks(final int first, final int end) {
        return locks(IntStream.range(first, end).toArray());
    }

    /** The counters of some partitions' locks together. */
    LockStatus locks(final int... partitions) {
        final LockSum sum = new LockSum();
        for (final int partition : partitions) {
            sum.add(segment, partition);
        }
        return sum.status();
    }

    int arrayCount() {
        return layout.arrays().size();
    }

    /** The partitions of those of some arrays that are of the locked family, each once, ascending. */
    int[] lockedPartitions(final int[] indexes) {
        return IntStream.of(indexes)
                .mapToObj(layout.arrays()::get)
                .filter(array -> array.spec().mode().isLocked())
                .flatMapToInt(array -> IntStream.range(array.firstPartition(), array.partitionsEnd()))
                .sorted()
                .distinct()
                .toArray();
    }

    /**
     * The counters of an array's partitions, in the order of the memory.
     *
     * @throws IllegalArgumentException if the segment has no array of this name
     */
    public List<Partition> partitions(final String arrayName) {
        final ArrayLayout array = find(arrayName);
        return IntStream.range(array.firstPartition(), array.partitionsEnd())
                .mapToObj(this::partition)
                .toList();
    }

    /** The counters of all partitions, in the order of the memory. */
    public List<Partition> partitions() {
        return IntStream.range(0, layout.partitions().size())
                .mapToObj(this::partition)
                .toList();
    }

    private Partition partition(final int partition) {
        final long token = segment.partitions().lockAcquire(partition);
        return new Partition(
                partition,
                layout.partitions().get(partition).lengthBytes(),
                locks(partition, partition + 1),
                segment.partitions().versionAcquire(partition),
                token == 0 ? -1 : LockToken.slotId(token),
                (int) IntStream.range(0, claimedSlots())
                        .filter(slotId -> waitsFor(slotId) == partition)
                        .count());
    }

    /** The slots that were ever claimed. */
    public List<WorkerStatus> workers() {
        return IntStream.range(0, claimedSlots()).mapToObj(this::worker).toList();
    }

    /** True if some worker waits for the lock of a partition at this moment. */
    public boolean hasWaiter(final int partition) {
        return IntStream.range(0, claimedSlots()).anyMatch(slotId -> waitsFor(slotId) == partition);
    }

    /** All counters but those of single partitions. */
    public StatusSnapshot snapshot() {
        return new StatusSnapshot(
                name(),
                segment.uid(),
                segment.createdMs(),
                segment.creatorPid(),
                Liveness.creator(segment),
                System.currentTimeMillis(),
                System.nanoTime(),
                mappedBytes(),
                (long) layout.undoLengthBytes() * claimedSlots(),
                layout.slotCount(),
                run(),
                locks(0, layout.partitions().size()),
                arrays(),
                workers());
    }

    /** What steers the run. */
    public StatusSnapshot.Run run() {
        final RunControlBlock runControl = segment.runControl();
        final long pause = runControl.pauseAcquire();
        final long supervised = runControl.supervisedRunAcquire();
        final long earlierSamples = runControl.earlierSamples();
        final EpochCount epochs = runControl.epochCountAcquire();
        return new StatusSnapshot.Run(
                runControl.stopAcquire(),
                runControl.learningRateAcquire(),
                runControl.turnAcquire(),
                runControl.turnWorkersAcquire(),
                pause == 0 ? -1 : LockToken.slotId(pause),
                supervised,
                runControl.supervisedWorkersAcquire(),
                runControl.wantedWorkersAcquire(supervised),
                runControl.earlierSteps(),
                earlierSamples,
                epochs.hasBegun(),
                epochs.epochAt(earlierSamples + samples()),
                epochs.endedPasses(),
                epochs.samplesOfEpoch());
    }

    private long samples() {
        return IntStream.range(0, claimedSlots())
                .mapToLong(slotId -> segment.slots().samples(slotId))
                .sum();
    }

    /** How many events of a kind were recorded since the segment's creation. */
    long events(final EventKind kind) {
        return segment.events().countAcquire(kind);
    }

    /** Bytes of the control, data and state files, which each attached process maps. */
    public long mappedBytes() {
        return segment.controlLayout().lengthBytes() + layout.dataLengthBytes();
    }

    private int claimedSlots() {
        return segment.claimedSlots();
    }

    private int waitsFor(final int slotId) {
        return segment.slots().waitsForAcquire(slotId);
    }

    private WorkerStatus worker(final int slotId) {
        return new WorkerStatus(
                slotId,
                Liveness.state(segment, slotId),
                segment.slots().pid(slotId),
                segment.slots().rank(slotId),
                segment.slots().worldSize(slotId),
                segment.slots().runId(slotId),
                segment.slots().claimedMs(slotId),
                segment.slots().clockAcquire(slotId),
                segment.slots().barriersAcquire(slotId),
                segment.slots().heartbeatMs(slotId),
                waitsFor(slotId),
                segment.slots().learningRateAcquire(slotId),
                WorkerStatus.Counters.read(segment, slotId, valueBytes));
    }

    /**
     * The counters of a partition since the segment's creation, and how it is at this moment.
     *
     * @param index ordinal among the segment's partitions
     * @param lengthBytes bytes of values, not counting the state arrays
     * @param lock the counters of its lock; all 0 in the lock-free family
     * @param version odd while it is being changed; 0 in the lock-free family
     * @param holder slot whose owner holds the lock, or -1
     * @param waiters workers that wait for the lock
     */
    public record Partition(int index, int lengthBytes, LockStatus lock, long version, int holder, int waiters) {

        /** What was counted since an earlier state of the same partition. */
        public Partition since(final Partition earlier) {
            return new Partition(index, lengthBytes, lock.since(earlier.lock), version, holder, waiters);
        }
    }
}
