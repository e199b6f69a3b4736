package org.shmarrays.spark;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.worker.Worker;

/**
 * A worker of a host: a thread that stays between the intervals, with what it trains with.
 *
 * @param <T> type of the batches
 */
final class HostWorker<T> {
    private final ExecutorService thread;
    private HostModel.Trainer<T> trainer;

    HostWorker(final String segment, final int rank) {
        thread = Executors.newSingleThreadExecutor(task -> {
            final Thread made = new Thread(task, "shmarrays-" + segment + "-" + rank);
            made.setDaemon(true);
            return made;
        });
    }

    /** Attaches, in the worker's own thread. */
    void open(final HostModel<T> model, final String segment, final Worker worker, final Settings settings) {
        await(thread.submit(() -> {
            trainer = model.open(segment, worker, settings);
            return null;
        }));
    }

    /** The handle of the worker, which must be idle. */
    ShmArrays arrays() {
        return trainer.arrays();
    }

    /** Trains on the batches of a queue until there are no more. */
    CompletableFuture<Void> train(final BatchQueue<T> batches) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        for (T batch = batches.take(); batch != null; batch = batches.take()) {
                            trainer.step(batch);
                        }
                    } catch (final Throwable e) {
                        batches.fail(e);
                    }
                },
                thread);
    }

    /** Does something with the worker's handle, in its thread. */
    <R> R call(final Callable<R> task) {
        return await(thread.submit(task));
    }

    /** Not cut off by an interrupt, because the handle would stay in use; what is waited for is short. */
    private static <R> R await(final Future<R> future) {
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (final InterruptedException e) {
                    isInterrupted = true;
                }
            }
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Leaves the segment, and ends the thread. */
    void close() {
        try {
            call(() -> {
                if (trainer != null) {
                    trainer.close();
                }
                return null;
            });
        } finally {
            thread.shutdown();
        }
    }
}
