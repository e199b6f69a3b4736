package org.shmarrays.spark;

import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;

/**
 * Trains by a worker process: sends it batches, one ahead of the one that it trains on. If the process dies, the next
 * interval waits for the one that is started in its place.
 *
 * @param <T> type of the batches
 */
final class ProcessTrainer<T> implements HostModel.Trainer<T> {
    private final WorkerProcesses processes;
    private final int rank;

    /** Null while there is none. */
    private Frames frames;

    /** Batches that were sent, and are not trained yet. */
    private int pendingCount;

    /**
     * Waits until the process has opened the segment.
     *
     * @throws IllegalStateException if it fails
     */
    ProcessTrainer(final WorkerProcesses processes, final int rank) throws InterruptedException {
        this.processes = processes;
        this.rank = rank;
        connect();
    }

    private void connect() throws InterruptedException {
        frames = processes.connection(rank);
        pendingCount = 0;
        awaitReply();
        try {
            frames.timeout(0); // the host watches how long steps take
        } catch (final IOException e) {
            throw lost(e);
        }
    }

    @Override
    public void step(final T batch) throws InterruptedException {
        if (frames == null) {
            connect();
        }
        send(batch);
        pendingCount++;
        if (pendingCount > 1) {
            awaitReply();
        }
    }

    private void send(final T batch) {
        try {
            frames.send(batch);
        } catch (final NotSerializableException | InvalidClassException e) {
            throw new IllegalStateException(
                    "a batch can't be sent to a worker process: class=" + e.getMessage() + "; make it Serializable", e);
        } catch (final IOException e) {
            throw lost(e);
        }
    }

    /**
     * Waits for the next reply: to the plan, or to the oldest batch that has none.
     *
     * @throws IllegalStateException if it has failed, with the stack trace of the process
     * @throws LostWorkerException if the process has died
     */
    private void awaitReply() {
        final Object reply;
        try {
            reply = frames.receive();
        } catch (final IOException | ClassNotFoundException e) {
            throw lost(e);
        }
        if (reply instanceof HostWorkerProcess.Failed failed) {
            close();
            throw new IllegalStateException("in worker process " + rank + ": " + failed.stackTrace());
        }
        pendingCount = Math.max(0, pendingCount - 1);
    }

    private LostWorkerException lost(final Exception cause) {
        close();
        return new LostWorkerException("worker process " + rank + " has died: " + cause);
    }

    @Override
    public void finish() {
        while (frames != null && pendingCount > 0) {
            awaitReply();
        }
    }

    /** Ends the process, after the step that it is in. */
    @Override
    public void close() {
        if (frames != null) {
            frames.close();
            frames = null;
        }
    }
}
