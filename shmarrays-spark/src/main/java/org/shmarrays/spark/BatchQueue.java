package org.shmarrays.spark;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Hands the batches that one thread reads to the workers. Batches that are handed in are all handed out, unless the
 * interval fails.
 *
 * @param <T> type of the batches
 */
final class BatchQueue<T> {
    private final Deque<T> batches = new ArrayDeque<>();
    private final int capacity;
    private boolean isEnded;
    private Throwable failure;

    BatchQueue(final int capacity) {
        this.capacity = capacity;
    }

    /**
     * Waits for room, and hands a batch in.
     *
     * @return false if a worker has failed: then no more are wanted
     */
    synchronized boolean put(final T batch) throws InterruptedException {
        while (batches.size() >= capacity && failure == null) {
            wait();
        }
        if (failure != null) {
            return false;
        }
        batches.add(batch);
        notifyAll();
        return true;
    }

    /** Waits for a batch; null if there will be no more. */
    synchronized T take() throws InterruptedException {
        while (batches.isEmpty() && !isEnded && failure == null) {
            wait();
        }
        if (failure != null) {
            return null;
        }
        final T batch = batches.poll();
        notifyAll();
        return batch;
    }

    /** No more batches follow. */
    synchronized void end() {
        isEnded = true;
        notifyAll();
    }

    /** Batches that are still there are dropped; the first failure counts. */
    synchronized void fail(final Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        batches.clear();
        notifyAll();
    }

    /** Of the interval, or null. */
    synchronized Throwable failure() {
        return failure;
    }
}
