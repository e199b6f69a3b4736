package org.shmarrays.dl4j;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private transient Supplier<RuntimeException> failure = () -> null;

    PrefetchQueue() {
        super(CAPACITY);
    }

    /** Sets what tells why no further batch comes, or null while one may come. */
    void onFailure(final Supplier<RuntimeException> newFailure) {
        failure = newFailure;
    }

    /**
     * The exception to throw where the thread that reads ahead is at its end, or null.
     *
     * @param thrown what the iterator has thrown, or null
     * @param uncaught what has ended the thread, or null
     */
    static RuntimeException failure(final Thread reader, final RuntimeException thrown, final Throwable uncaught) {
        if (reader.isAlive()) {
            return null;
        }
        return thrown != null
                ? thrown
                : new IllegalStateException("the thread that reads batches ahead has ended", uncaught);
    }

    /**
     * Waits until the thread that reads ahead has read the batch in its hands, and has ended. DL4J would interrupt it,
     * which closes the channel that an iterator reads from, and then wait forever for one that ignores interrupts. Here
     * it is interrupted only if it takes long, or if the caller is.
     *
     * @param shouldWork whether it goes on to the next batch
     */
    void end(final Thread reader, final AtomicBoolean shouldWork) {
        shouldWork.set(false);
        final long startNs = System.nanoTime();
        boolean isInterrupted = false;
        while (reader.isAlive()) {
            clear(); // it may wait for room
            try {
                reader.join(PAUSE_MS);
            } catch (final InterruptedException e) {
                isInterrupted = true;
            }
            if (isInterrupted || System.nanoTime() - startNs > PATIENCE_NS) {
                reader.interrupt();
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
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
