package org.shmarrays.spark;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A worker of a host, with the thread of the executor that gives it batches. It stays between the intervals.
 *
 * @param <T> type of the batches
 */
final class HostWorker<T> {
    private final OwnThread thread;
    private HostModel.Trainer<T> trainer;
    private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);

    HostWorker(final String segment, final int rank) {
        thread = new OwnThread("shmarrays-" + segment + "-" + rank);
    }

    /** Opens the trainer, in the worker's thread. */
    void open(final Callable<HostModel.Trainer<T>> opener) {
        thread.call(() -> trainer = opener.call());
    }

    /** Starts to train on the batches of a queue, until it has no more. */
    void train(final BatchQueue<T> batches) {
        running = thread.start(() -> {
            try {
                for (T batch = batches.take(); batch != null; batch = batches.take()) {
                    trainer.step(batch);
                }
            } catch (final Throwable e) {
                batches.fail(e);
            } finally {
                finish(batches);
            }
        });
    }

    private void finish(final BatchQueue<T> batches) {
        try {
            trainer.finish();
        } catch (final Throwable e) {
            batches.fail(e);
        }
    }

    /**
     * Waits for the end of the training on a queue. The step that is under way is not cut off.
     *
     * @return whether it has ended
     */
    boolean await(final long timeoutNs) throws InterruptedException {
        try {
            running.get(timeoutNs, TimeUnit.NANOSECONDS);
            return true;
        } catch (final TimeoutException e) {
            return false;
        } catch (final ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Where the worker is at present. */
    String stackTrace() {
        return thread.stackTrace();
    }

    /** Closes the trainer, and ends the thread. A worker whose step does not end is interrupted, and left alone. */
    void close() {
        if (!running.isDone()) {
            thread.abandon();
            return;
        }
        try {
            thread.call(() -> {
                if (trainer != null) {
                    trainer.close();
                }
                return null;
            });
        } finally {
            thread.end();
        }
    }
}
