package org.shmarrays.internal.segment;

import java.lang.invoke.VarHandle;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.internal.layout.PartitionTable;

/**
 * The reader's side of a partition's version: what was copied by plain loads between {@link #begin}, if it was even,
 * and an {@link #isConsistent} that holds is the partition as it was at that version. For any thread; writes nothing.
 *
 * <p>{@code begin} is an acquire load, which later loads can't come before; {@code isConsistent} is a load-load
 * fence, which earlier loads can't come behind, and then the load. So several partitions may be begun, copied and
 * checked one after the other. Why that is enough: {@code docs/format/versions.md}.
 */
public final class PartitionReader {
    private final Segment segment;
    private final PartitionTable partitions;

    /** A use of what is fetched, or the compiler leaves it out. */
    private long prefetched;

    public PartitionReader(final Segment segment) {
        this.segment = segment;
        this.partitions = segment.partitions();
    }

    /** Has the processor fetch what is written when the lock is taken and the partition changed; changes nothing. */
    public void prefetch(final int partition) {
        prefetched += partitions.reservedWaiterAcquire(partition) + partitions.versionPlain(partition);
    }

    /** The version before the copy; if it is odd, the partition is being changed. */
    public long begin(final int partition) {
        return partitions.versionAcquire(partition);
    }

    /** True if {@code version}, which {@link #begin} returned, is even, and nothing was changed since. */
    public boolean isConsistent(final int partition, final long version) {
        VarHandle.loadLoadFence();
        return (version & 1) == 0 && partitions.versionAcquire(partition) == version;
    }

    /**
     * Throws if the partition is damaged: half changed, by a worker that no longer holds its lock.
     *
     * @throws DamagedPartitionException if its version is odd, and stays so, and its lock is free
     */
    public void checkNotDamaged(final int partition) {
        final long version = begin(partition);
        if ((version & 1) != 0 && partitions.lockAcquire(partition) == 0 && begin(partition) == version) {
            throw DamagedPartition.exception(segment, partition);
        }
    }
}
