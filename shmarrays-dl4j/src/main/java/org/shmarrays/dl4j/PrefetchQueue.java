package org.shmarrays.dl4j;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
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

    private transient Supplier<? extends Thread> reader;
    private transient Supplier<RuntimeException> thrown;
    private transient volatile Throwable uncaught;

    PrefetchQueue() {
        super(CAPACITY);
    }

    /**
     * Sets who fills it; to be called before anything is taken.
     *
     * @param newReader gives the thread that reads ahead
     * @param newThrown gives what the iterator has thrown there, or null
     */
    void readBy(final Supplier<? extends Thread> newReader, final Supplier<RuntimeException> newThrown) {
        reader = newReader;
        thrown = newThrown;
    }

    /** Keeps what ends the calling thread, which is about to read ahead. */
    void watchReader() {
        Thread.currentThread().setUncaughtExceptionHandler((thread, throwable) -> uncaught = throwable);
    }

    /** The exception to throw where the thread that reads ahead has ended, or null. */
    private RuntimeException failure() {
        if (reader.get().isAlive()) {
            return null;
        }
        final RuntimeException ofIterator = thrown.get();
        return ofIterator != null
                ? ofIterator
                : new IllegalStateException("the thread that reads batches ahead has ended", uncaught);
    }

    /** Asks DL4J's iterator, which wraps the exception of its own iterator or not, depending on when that fails. */
    boolean hasNext(final BooleanSupplier asked) {
        try {
            return asked.getAsBoolean();
        } catch (final RuntimeException e) {
            final RuntimeException own = failure();
            throw own == null ? e : own;
        }
    }

    /**
     * Waits until the thread that reads ahead has read the batch in its hands, and has ended. DL4J would interrupt it,
     * which closes the channel that an iterator reads from, and then wait forever for one that ignores interrupts. Here
     * it is interrupted only if it takes long, or if the caller is.
     *
     * @param shouldWork whether it goes on to the next batch
     */
    void end(final AtomicBoolean shouldWork) {
        final Thread ending = reader.get();
        shouldWork.set(false);
        final long startNs = System.nanoTime();
        boolean isInterrupted = false;
        while (ending.isAlive()) {
            clear(); // it may wait for room
            try {
                ending.join(PAUSE_MS);
            } catch (final InterruptedException e) {
                isInterrupted = true;
            }
            if (isInterrupted || System.nanoTime() - startNs > PATIENCE_NS) {
                ending.interrupt();
            }
        }
        uncaught = null; // of the thread that reads from now on
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public T take() throws InterruptedException {
        while (true) {
            final RuntimeException failed = failure();
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
