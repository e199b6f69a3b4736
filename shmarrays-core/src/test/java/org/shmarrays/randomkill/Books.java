package org.shmarrays.randomkill;

import java.util.ArrayList;
import java.util.List;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.segment.PartitionAccess;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.testing.Await;

/**
 * The books of one rank: how many of its pushes were in each partition when its last worker had ended. When the next
 * one has ended, each partition must have gained as many as that worker has finished, and the one that was cut off
 * wholly or not at all. In which partitions it is depends on which were free when it came to them. For one thread.
 */
final class Books {
    private final int rank;
    private final PartitionAccess access;
    private final Segment segment;
    private final List<PartitionImage> images = new ArrayList<>();
    private final long[] settled;

    Books(final int rank, final ShmArrays arrays) {
        this.rank = rank;
        this.access = Doors.PARTITIONS.of(arrays);
        this.segment = Doors.SEGMENT.of(arrays);
        for (final PartitionLayout partition : segment.layout().partitions()) {
            images.add(new PartitionImage(segment, partition));
        }
        this.settled = new long[images.size()];
    }

    /** Whether a lock has a dead worker's token, and the partition is half changed. */
    boolean isHeldHalfChanged(final long token) {
        return holds(segment, token, true);
    }

    /** Whether a lock has a worker's token. */
    static boolean isHeld(final Segment segment, final long token) {
        return holds(segment, token, false);
    }

    private static boolean holds(final Segment segment, final long token, final boolean andHalfChanged) {
        for (int p = 0; p < segment.layout().partitions().size() && token != 0; p++) {
            if (segment.partitions().lockAcquire(p) == token
                    && (!andHalfChanged || (segment.partitions().versionAcquire(p) & 1) != 0)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Settles the account of a worker that has ended, when others have repaired what it left.
     *
     * @param killed whether a push of it may have been cut off, besides those that Errors have ended
     * @param findings takes what is wrong
     * @return number of pushes that are lost, or there twice
     */
    long settle(final Tally tally, final boolean killed, final Findings findings) {
        Await.until("repair of what rank " + rank + " left", () -> !isHeld(segment, tally.token()));
        long wrong = 0;
        for (final Account account : Account.values()) {
            wrong += settle(account, tally.pushes(account), tally.cutOffs(account) + (killed ? 1 : 0), findings);
        }
        return wrong;
    }

    private long settle(final Account account, final long finished, final long most, final Findings findings) {
        long wrong = 0;
        for (final PartitionImage image : images) {
            if (image.account() != account) {
                continue;
            }
            access.read(image.partition(), image::copy);
            findings.look(image);
            final long gained = image.pushes(rank) - settled[image.partition()];
            final long cutOff = gained - finished;
            if (cutOff < 0 || cutOff > most) {
                wrong += Math.max(1, Math.abs(cutOff));
                findings.add("rank " + rank + ", partition " + image.partition() + ": " + finished
                        + " pushes finished, and " + gained + " are there; at most " + most + " may be cut off");
            }
            settled[image.partition()] += gained;
        }
        return wrong;
    }
}
