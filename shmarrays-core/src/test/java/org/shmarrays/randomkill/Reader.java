package org.shmarrays.randomkill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.segment.PartitionReader;
import org.shmarrays.testing.Await;

/**
 * Reads all the time, without a slot and thus without locks: values as any reader does, and whole partitions, state
 * arrays and step counts included, by the same protocol. A thread of its own.
 */
final class Reader extends Thread {
    private static final long PAUSE_NS = 20_000_000;

    private final ShmArrays arrays;
    private final Findings findings;
    private final List<PartitionImage> images = new ArrayList<>();
    private volatile boolean stopping;
    private volatile Throwable failure;
    private volatile long reads;

    /** Reads through a read-only handle. */
    Reader(final ShmArrays arrays, final Findings findings) {
        super("reader");
        this.arrays = arrays;
        this.findings = findings;
        for (final PartitionLayout partition : Doors.SEGMENT.of(arrays).layout().partitions()) {
            images.add(new PartitionImage(Doors.SEGMENT.of(arrays), partition));
        }
    }

    /** Number of partitions and of arrays that were read. */
    long reads() {
        return reads;
    }

    Throwable failure() {
        return failure;
    }

    /** Ends it after the read under way. */
    void stopReading() {
        stopping = true;
    }

    @Override
    public void run() {
        try {
            final PartitionReader reader = new PartitionReader(Doors.SEGMENT.of(arrays));
            final long[] sum = new long[Account.SUM.specs().get(0).elementCount()];
            while (!stopping) {
                // Leaves time to the others.
                final long until = System.nanoTime() + PAUSE_NS;
                Await.until("the next round", () -> System.nanoTime() > until);
                for (final PartitionImage image : images) {
                    Await.until("a moment in which a partition is whole", () -> isRead(reader, image));
                    findings.look(image);
                    reads++;
                }
                arrays.readInto(Map.of("sum", sum));
                reads++;
                if (!RankWorker.isEven(Doors.SEGMENT.of(arrays), "sum", sum)) {
                    findings.torn(1);
                    findings.add("torn read of sum");
                }
            }
        } catch (final Throwable e) {
            failure = e;
        }
    }

    private static boolean isRead(final PartitionReader reader, final PartitionImage image) {
        final long version = reader.begin(image.partition());
        if ((version & 1) != 0) {
            return false;
        }
        image.copy();
        return reader.isConsistent(image.partition(), version);
    }
}
