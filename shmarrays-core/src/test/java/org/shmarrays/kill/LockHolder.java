package org.shmarrays.kill;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.shmarrays.ShmArrays;
import org.shmarrays.testing.Await;

/** A live worker that has the partition's lock in its hand until it is told otherwise; its push changes nothing. */
final class LockHolder implements AutoCloseable {
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch enough = new CountDownLatch(1);
    private final Thread thread;

    LockHolder(final Scene scene) {
        thread = new Thread(() -> hold(scene));
        thread.start();
        Await.until("the lock is held", () -> held.getCount() == 0);
    }

    private void hold(final Scene scene) {
        try (ShmArrays arrays = scene.attach()) {
            arrays.updateElementwise(Map.of("w", Scene.gradient(0)), (g, gOffset, w, wOffset, n) -> {
                held.countDown();
                Await.until("the lock was held for long enough", () -> enough.getCount() == 0);
            });
        }
    }

    void release() {
        enough.countDown();
    }

    @Override
    public void close() {
        release();
        Await.until("the holder's end", () -> !thread.isAlive());
    }
}
