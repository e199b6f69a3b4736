package org.shmarrays.benchmarks.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The mapped file over which the coordinator and the workers of a group meet, as one worker sees it. */
public final class Rendezvous {
    /** Many idle workers that look often are no idle machine. */
    private static final long POLL_NS_PER_WORKER = 50_000;

    private static final long SHORTEST_POLL_NS = 200_000;

    private final AtomicBuffer buffer;
    private final int rank;
    private final int workers;

    private Rendezvous(final AtomicBuffer buffer, final int rank, final int workers) {
        this.buffer = buffer;
        this.rank = rank;
        this.workers = workers;
    }

    /** Opens a worker's end. */
    static Rendezvous open(final Path file, final int rank, final int workers) {
        return new Rendezvous(map(file, workers), rank, workers);
    }

    /** Maps the file, and makes it where it lacks. */
    static AtomicBuffer map(final Path file, final int workers) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            return new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, RendezvousDescriptor.length(workers))
                    .order(ByteOrder.nativeOrder()));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int rank() {
        return rank;
    }

    /** Number of workers in the group. */
    public int workers() {
        return workers;
    }

    /** Memory that all workers of the group share. */
    public AtomicBuffer shared() {
        return buffer;
    }

    /** Where a candidate finds the word for its lock in {@link #shared()}; zero at first. */
    public int lockWordOffset() {
        return RendezvousDescriptor.LOCK_WORD_OFFSET;
    }

    /** Where a candidate finds a number to count under its lock in {@link #shared()}; zero at first. */
    public int counterOffset() {
        return RendezvousDescriptor.COUNTER_OFFSET;
    }

    /** The step after which workers that take turns end their window; 0 when it isn't known yet. */
    public long stopStepAcquire() {
        return buffer.getLongVolatile(RendezvousDescriptor.STOP_STEP_OFFSET);
    }

    public void stopStepRelease(final long step) {
        buffer.putLongRelease(RendezvousDescriptor.STOP_STEP_OFFSET, step);
    }

    /** Waits for the next order, as long as it takes: a worker ends with its coordinator. */
    Order await(final long round) {
        while (RendezvousDescriptor.roundAcquire(buffer) < round) {
            LockSupport.parkNanos(pollNs(workers));
        }
        return RendezvousDescriptor.order(buffer);
    }

    /** How often each of so many workers looks for an order. */
    static long pollNs(final int workers) {
        return Math.max(SHORTEST_POLL_NS, workers * POLL_NS_PER_WORKER);
    }

    void done(final long round, final Outcome outcome, final long compilationMs) {
        RendezvousDescriptor.doneRelease(buffer, rank, round, outcome, compilationMs);
    }
}
