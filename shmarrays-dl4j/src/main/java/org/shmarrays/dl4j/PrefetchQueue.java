package org.shmarrays.dl4j;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The queue between a thread that reads batches ahead and the one that trains. In DL4J 1.0.0-M2.1 an exception of the
 * iterator ends the reading thread, and the other one then waits for a batch forever. Here it gets the exception.
 *
 * @param <T> a batch
 */
final class PrefetchQueue<T> extends LinkedBlockingQueue<T> {
    /** Batches that are read ahead, as DL4J's own fit does. */
    static final int CAPACITY = 2;

    private static final long serialVersionUID = 1;
    private static final int PAUSE_MS = 10;

    private transient Supplier<RuntimeException> failure = () -> null;

    PrefetchQueue() {
        super(CAPACITY);
    }

    /** Sets what tells why no further batch comes, or null while one may come. */
    void onFailure(final Supplier<RuntimeException> newFailure) {
        failure = newFailure;
    }

    /** The exception to throw where the thread that reads ahead is at its end. */
    static RuntimeException failure(final Thread reader, final RuntimeException thrown) {
        if (reader.isAlive()) {
            return null;
        }
        return thrown != null ? thrown : new IllegalStateException("the thread that reads batches ahead has ended");
    }

    @Override
    public T take() throws InterruptedException {
        while (true) {
            final RuntimeException failed = failure.get();
            // What was put before the reader ended is there by now.
            final T next = failed == null ? poll(PAUSE_MS, TimeUnit.MILLISECONDS) : poll();
            if (next != null) {
                return next;
            }
            if (failed != null) {
                throw failed;
            }
        }
    }
}
