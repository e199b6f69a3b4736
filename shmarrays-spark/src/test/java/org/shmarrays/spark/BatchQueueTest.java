package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchQueueTest {
    private static final Executor THREAD = task -> {
        final Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    };

    private final BatchQueue<Integer> queue = new BatchQueue<>(2);
    private final ConcurrentLinkedQueue<Integer> taken = new ConcurrentLinkedQueue<>();

    private CompletableFuture<Void> taker() {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        for (Integer batch = queue.take(); batch != null; batch = queue.take()) {
                            taken.add(batch);
                        }
                    } catch (final InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                THREAD);
    }

    @Test
    void shouldHandOutEachBatchOnce() throws Exception {
        final List<CompletableFuture<Void>> takers = List.of(taker(), taker(), taker());
        for (int batch = 0; batch < 1000; batch++) {
            assertThat(queue.put(batch)).isTrue();
        }
        queue.end();
        takers.forEach(CompletableFuture::join);

        assertThat(taken)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 1000).boxed().toList());
    }

    @Test
    void shouldLetNoThreadWaitAfterAFailure() throws Exception {
        final IllegalStateException failure = new IllegalStateException("a step");
        queue.put(1);
        queue.put(2);
        final CompletableFuture<Boolean> full = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return queue.put(3);
                    } catch (final InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                THREAD);

        queue.fail(failure);
        queue.fail(new IllegalStateException("a later one"));

        assertThat(full.join()).isFalse();
        assertThat(queue.take()).isNull();
        assertThat(queue.failure()).isSameAs(failure);
    }
}
