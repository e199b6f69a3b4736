package org.shmarrays.internal.access;

import org.shmarrays.internal.layout.PartitionTable;
import org.shmarrays.internal.segment.Counting;
import org.shmarrays.internal.segment.RandomIntervals;
import org.shmarrays.internal.segment.Segment;

/**
 * How many updates of others a handle's pushes do not know of: those between its last read and its push. In the
 * locked family nothing is read from shared memory for it that is not read anyway. For the handle's thread.
 *
 * <ul>
 *   <li>Locked family: for each partition half the difference of the versions, less one's own changes. A push has the
 *       greatest staleness of its partitions that the handle has read.
 *   <li>Lock-free family: the difference of the sums of the other slots' updates of the first array that the read
 *       names. About one read in eight, of small reads one in 32, is followed up, because that costs a look at each
 *       slot; which one is drawn at random, so that each of several arrays that are read in turn has its share. It
 *       holds until the array is read again.
 * </ul>
 *
 * <p>The first is exact; the second is not, because sums are not of one instant and updates are counted when they are
 * done ({@code docs/format/layout.md}, "Staleness").
 *
 * <p>An update that returns the new values is a read too, and so is every turn of mode ORDERED. A handle that has given
 * a view away may look at any time: from then on each of its pushes counts as a read.
 */
final class Staleness {
    /** Of a push to what was never read. */
    static final long UNKNOWN = -1;

    /**
     * Number of random bits that decide how many reads of the lock-free family are skipped before the next one that
     * is followed up, 0 to 15: to read the other slots takes their lines from their owners.
     */
    static final int SKIPPED_BITS = 4;

    /** Of reads of less than {@link #SMALL_BYTES}, which take less time than a look: 0 to 63. */
    static final int SKIPPED_BITS_SMALL = 6;

    private static final int SMALL_BYTES = 64 << 10;

    private static final int NONE = -1;

    private final PartitionTable partitions;
    private final Segment segment;
    private final int slotId;

    /** Of each partition 1 + its version as of the last read, and 2 more for each change of one's own since; or 0. */
    private final long[] versions;

    private final RandomIntervals intervals;

    /**
     * The array of the lock-free family whose last read was followed up, or -1, and the updates that the others had
     * then.
     */
    private int array = NONE;

    private long updates;

    /** Reads until the next one that looks at the other slots. */
    private int skipped;

    private boolean viewed;

    Staleness(final Segment segment, final int slotId) {
        this.segment = segment;
        this.partitions = segment.partitions();
        this.slotId = slotId;
        this.intervals = new RandomIntervals(slotId);
        this.versions = new long[segment.layout().partitions().size()];
    }

    /** The handle gives a view away. */
    void view() {
        viewed = true;
    }

    /** A partition of the locked family was read as it was at an even version. */
    void read(final int partition, final long version) {
        if (Counting.ON) {
            versions[partition] = version + 1;
        }
    }

    /** A partition of the locked family was read while its lock was held. */
    void readLocked(final int partition) {
        read(partition, version(partition));
    }

    /**
     * To be called before a read.
     *
     * @param arrays of the lock-free family among what is read
     */
    void readLockFree(final int[] arrays, final long bytes) {
        if (Counting.ON && arrays.length > 0) {
            look(arrays, bytes < SMALL_BYTES ? SKIPPED_BITS_SMALL : SKIPPED_BITS);
        }
    }

    private void look(final int[] arrays, final int skippedBits) {
        if (--skipped < 0) {
            skipped = intervals.next(skippedBits);
            array = arrays[0];
            updates = othersUpdates(array);
        } else if (array != NONE && contains(arrays, array)) {
            array = NONE;
        }
    }

    /** The staleness of the change that is about to be made to a partition whose lock is held, or {@link #UNKNOWN}. */
    long ofLocked(final int partition) {
        final long seen = versions[partition] - 1;
        return !Counting.ON || seen < 0 ? UNKNOWN : Math.max(0, version(partition) - seen) / 2;
    }

    /** A change was made to a partition whose lock is held. */
    void changed(final int partition, final boolean isRead) {
        if (isRead || viewed) {
            readLocked(partition);
        } else if (versions[partition] != 0) {
            versions[partition] += 2;
        }
    }

    /**
     * The staleness of the push that is about to be made to these arrays of the lock-free family, or {@link #UNKNOWN}.
     *
     * @param isRead whether the push returns the new values
     */
    long ofLockFree(final int[] arrays, final boolean isRead) {
        if (!Counting.ON || arrays.length == 0) {
            return UNKNOWN;
        }
        final long staleness =
                array != NONE && contains(arrays, array) ? Math.max(0, othersUpdates(array) - updates) : UNKNOWN;
        if (isRead || viewed) {
            look(arrays, SKIPPED_BITS);
        }
        return staleness;
    }

    private static boolean contains(final int[] arrays, final int wanted) {
        for (final int index : arrays) {
            if (index == wanted) {
                return true;
            }
        }
        return false;
    }

    /** Counts a push that was finished. */
    void count(final long staleness) {
        if (Counting.ON && staleness >= 0) {
            segment.slotAccesses().countStaleness(slotId, staleness);
        }
    }

    private long version(final int partition) {
        return partitions.versionPlain(partition);
    }

    private long othersUpdates(final int index) {
        final int claimed = segment.claimedSlots();
        long sum = 0;
        for (int other = 0; other < claimed; other++) {
            if (other != slotId) {
                sum += segment.slotArrays().updates(other, index)
                        + segment.slotAccesses().wholeUpdates(other);
            }
        }
        return sum;
    }
}
