package org.shmarrays.spark;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * A worker of a host, with the thread of the executor that gives it batches. It stays between the intervals.
 *
 * @param <T> type of the batches
 */
final class HostWorker<T> {
    private final OwnThread thread;
    private HostModel.Trainer<T> trainer;

    HostWorker(final String segment, final int rank) {
        thread = new OwnThread("shmarrays-" + segment + "-" + rank);
    }

    /** Opens the trainer, in the worker's thread. */
    void open(final Callable<HostModel.Trainer<T>> opener) {
        thread.call(() -> trainer = opener.call());
    }

    /** Starts to train on the batches of a queue, until it has no more. */
    CompletableFuture<Void> train(final BatchQueue<T> batches) {
        return thread.start(() -> {
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

    /** Closes the trainer, and ends the thread. */
    void close() {
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
