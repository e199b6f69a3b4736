package org.shmarrays.spark;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A daemon thread for a handle, which only one thread may use. Any thread may call. */
final class OwnThread {
    private final ExecutorService thread;
    private volatile Thread made;

    OwnThread(final String name) {
        thread = Executors.newSingleThreadExecutor(task -> {
            made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
    }

    /** Starts a task, after those that were started before. */
    CompletableFuture<Void> start(final Runnable task) {
        return CompletableFuture.runAsync(task, thread);
    }

    /**
     * Runs a task and waits for its result. An interrupt does not end the wait, because the task would go on; the
     * caller is interrupted afterwards.
     *
     * @throws IllegalStateException with the cause if the task throws a checked exception; others are thrown as they
     *     are
     */
    <R> R call(final Callable<R> task) {
        final Future<R> future = thread.submit(task);
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

    /** Where the thread is at present, a line for each frame. */
    String stackTrace() {
        return Stream.of(made.getStackTrace()).map(frame -> "\n\tat " + frame).collect(Collectors.joining());
    }

    /** Interrupts the thread, and leaves it alone: its task does not end. */
    void abandon() {
        thread.shutdownNow();
    }

    /** Ends the thread, after the tasks that were started. */
    void end() {
        thread.shutdown();
    }
}
