package org.shmarrays.testing;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Runs a test's task beside the test, each in a thread of its own.
 *
 * <p>The common pool has a single thread on two processors, so that of two tasks that wait for each other the second
 * would never begin. The build therefore refuses tasks in the common pool.
 */
public final class Background {
    private Background() {}

    public static CompletableFuture<Void> run(final Runnable task) {
        return CompletableFuture.runAsync(task, Background::start);
    }

    public static <T> CompletableFuture<T> supply(final Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, Background::start);
    }

    private static void start(final Runnable task) {
        final Thread thread = new Thread(task, "background");
        thread.setDaemon(true);
        thread.start();
    }
}
