package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.NoFreeSlotException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** Closing, removing, and several handles of one process. */
@Timeout(120)
class LifecycleTest {
    private static final int SLOTS = 4;

    @TempDir
    private Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private ShmArrays arrays;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(SLOTS)
                .withLockTimeout(Duration.ofSeconds(60))
                .withAttachTimeout(Duration.ofMillis(50));
    }

    @BeforeEach
    void create() {
        arrays = ShmArrays.create(
                "s",
                List.of(
                        ArraySpec.of("w", FLOAT32, 8),
                        ArraySpec.of("h", FLOAT32, 8).inMode(Mode.HOGWILD)),
                settings());
    }

    @AfterEach
    void close() {
        arrays.close();
        executor.shutdownNow();
    }

    private static float[] ones() {
        return new float[] {1, 1, 1, 1, 1, 1, 1, 1};
    }

    @Test
    void shouldRefuseUseAfterClose() {
        final ArrayHandle w = arrays.array("w");
        arrays.close();
        arrays.close();

        final List<ThrowingCallable> calls = List.of(
                () -> arrays.read(),
                () -> arrays.readInto(Map.of("w", new float[8])),
                () -> arrays.add(Map.of("w", ones())),
                () -> arrays.write(Map.of("w", ones())),
                () -> arrays.update(Map.of("w", ones()), (g, old) -> g),
                () -> arrays.updateElementwise(Map.of("w", ones()), (g, i, v, j, n) -> {}),
                () -> arrays.skip(),
                () -> arrays.newHandle(),
                () -> arrays.array("w"),
                () -> w.readInto(new float[8]),
                () -> w.write(ones()),
                () -> w.update(ones(), Updates.add()),
                () -> w.view(),
                () -> w.typedView());
        for (final ThrowingCallable call : calls) {
            assertThatThrownBy(call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("the handle is closed", "segment=s");
        }
        assertThat(arrays.name()).isEqualTo("s");
    }

    @Test
    void shouldThrowInAllHandlesAfterRemoval() {
        try (ShmArrays reader = ShmArrays.attachReadOnly("s", settings());
                ShmArrays other = ShmArrays.attach("s", settings())) {
            final ArrayHandle w = other.array("w");
            ShmArrays.remove("s", settings());

            final List<ThrowingCallable> calls = List.of(
                    () -> arrays.read(),
                    () -> arrays.add(Map.of("w", ones())),
                    () -> other.add(Map.of("h", ones())),
                    () -> other.newHandle(),
                    () -> w.update(ones(), Updates.add()),
                    () -> w.view(),
                    () -> other.runControl().stop(),
                    () -> reader.read(),
                    () -> reader.array("w"));
            for (final ThrowingCallable call : calls) {
                assertThatThrownBy(call)
                        .isInstanceOf(SegmentRemovedException.class)
                        .hasMessageContaining("name=s");
            }
        }
        assertThatThrownBy(() -> ShmArrays.attach("s", settings())).isInstanceOf(SegmentNotFoundException.class);
        assertThatThrownBy(() -> ShmArrays.remove("s", settings())).isInstanceOf(SegmentNotFoundException.class);
        assertThat(directory.toFile().list()).isEmpty();
        ShmArrays.create("s", Map.of("w", ones()), settings()).close();
        assertThatThrownBy(() -> arrays.read())
                .as("another segment of that name")
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldEndAWaitWhenTheSegmentIsRemoved() throws Exception {
        setLock(0, LOCK_OF_ANOTHER);
        final Future<?> waiter = executor.submit(() -> arrays.add(Map.of("w", ones())));
        awaitWaiting();

        ShmArrays.remove("s", settings());

        assertThatThrownBy(() -> waiter.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(SegmentRemovedException.class);
    }

    @Test
    void shouldEndAWaitWhenTheHandleIsClosed() throws Exception {
        setLock(0, LOCK_OF_ANOTHER);
        final List<java.util.function.Consumer<ShmArrays>> calls = List.of(
                handle -> handle.add(Map.of("w", ones())),
                handle -> handle.update(Map.of("w", ones()), (g, old) -> g),
                handle -> handle.write(Map.of("w", ones())));
        for (final var call : calls) {
            final ShmArrays handle = arrays.newHandle();
            final int slotId = handle.slotId();
            final Future<?> waiter = executor.submit(() -> call.accept(handle));
            Await.until("the handle waits", () -> waitsFor(slotId) == partitionOfW());

            handle.close();

            assertThatThrownBy(() -> waiter.get(60, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the handle is closed");
        }
        setLock(LOCK_OF_ANOTHER, 0);
        // The slots are free again.
        for (int i = 0; i < 2 * SLOTS; i++) {
            arrays.newHandle().close();
        }
    }

    @Test
    void shouldEndABarrierWhenTheHandleIsClosed() throws Exception {
        try (Worker worker = Worker.of(0, 2)) {
            final ShmArrays handle = arrays.newHandle(worker);
            final Future<?> waiter = executor.submit(worker::barrier);
            Await.until("the barrier", () -> handle.segment().slots().barriersAcquire(handle.slotId()) == 1);

            handle.close();

            assertThatThrownBy(() -> waiter.get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(worker::clock)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not attached");
        }
    }

    @Test
    void shouldRefuseTwoThreadsInOneHandle() throws Exception {
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch proceed = new CountDownLatch(1);
        final Future<?> first =
                executor.submit(() -> arrays.updateElementwise(Map.of("h", ones()), (g, gOffset, w, wOffset, n) -> {
                    inside.countDown();
                    try {
                        assertThat(proceed.await(60, TimeUnit.SECONDS)).isTrue();
                    } catch (final InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }));
        assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
        try (ShmArrays own = arrays.newHandle()) {
            assertThatThrownBy(() -> arrays.read())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("two threads", "newHandle()");
            own.add(Map.of("w", ones()));
        } finally {
            proceed.countDown();
        }
        first.get(60, TimeUnit.SECONDS);
        assertThat(arrays.read().get("w")).containsOnly(1);
    }

    @Test
    void shouldLetThreadsWorkThroughHandlesOfTheirOwn() throws Exception {
        final List<Future<?>> threads = new ArrayList<>();
        for (int i = 0; i < SLOTS - 1; i++) {
            final ShmArrays own = arrays.newHandle();
            threads.add(executor.submit(() -> {
                try (own) {
                    for (int k = 0; k < 500; k++) {
                        own.add(Map.of("w", ones()));
                    }
                }
            }));
        }
        for (final Future<?> thread : threads) {
            thread.get(60, TimeUnit.SECONDS);
        }
        assertThat(arrays.read().get("w")).containsOnly(500 * (SLOTS - 1));
    }

    @Test
    void shouldKeepViewsAfterCloseAndRemoval() {
        final FloatBuffer view = (FloatBuffer) arrays.array("h").typedView();
        final FloatBuffer readOnly;
        try (ShmArrays reader = ShmArrays.attachReadOnly("s", settings())) {
            readOnly = (FloatBuffer) reader.array("h").typedView();
        }
        arrays.write(Map.of("h", ones()));
        arrays.close();
        ShmArrays.remove("s", settings());
        arrays = ShmArrays.create("t", Map.of("w", ones()), settings());
        for (int i = 0; i < 5; i++) {
            System.gc();
            assertThat(new byte[1 << 20]).hasSize(1 << 20);
        }

        view.put(3, 7);

        assertThat(view.get(2)).isEqualTo(1);
        assertThat(readOnly.get(3)).isEqualTo(7);
        assertThatThrownBy(() -> readOnly.put(0, 1)).isInstanceOf(java.nio.ReadOnlyBufferException.class);
    }

    @Test
    void shouldShowLiveMemoryInViews() {
        final FloatBuffer view = (FloatBuffer) arrays.array("w").typedView();
        arrays.add(Map.of("w", ones()));
        assertThat(view.get(7)).isEqualTo(1);
        assertThat(view.capacity()).isEqualTo(8);
        view.put(0, 9);
        assertThat(arrays.read().get("w")).containsExactly(9, 1, 1, 1, 1, 1, 1, 1);
        assertThat(arrays.array("w").view().isDirect()).isTrue();
    }

    @Test
    void shouldNameTheOwnersWhenSlotsRunOut() {
        final List<ShmArrays> handles = new ArrayList<>();
        try {
            for (int i = 1; i < SLOTS; i++) {
                handles.add(arrays.newHandle());
            }
            assertThatThrownBy(() -> handles.add(arrays.newHandle()))
                    .isInstanceOf(NoFreeSlotException.class)
                    .hasMessageContainingAll(
                            "name=s",
                            "slots=4",
                            "slot 3: pid " + ProcessHandle.current().pid(),
                            "more slots");
            // Readers need none.
            ShmArrays.attachReadOnly("s", settings()).close();

            handles.remove(1).close();
            handles.add(ShmArrays.attach("s", settings()));
        } finally {
            handles.forEach(ShmArrays::close);
        }
    }

    @Test
    void shouldRefuseASecondAttachmentOfAWorker() {
        try (Worker worker = Worker.of(0, 1)) {
            try (ShmArrays first = ShmArrays.attach(worker, "s", settings())) {
                assertThatThrownBy(() -> ShmArrays.attach(worker, "s", settings()))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("attached already");
                first.add(Map.of("w", ones()));
            }
            ShmArrays.attach(worker, "s", settings()).close();
        }
    }

    private static final long LOCK_OF_ANOTHER = 0x7_0000_0004L;

    private org.agrona.concurrent.AtomicBuffer control() {
        return arrays.segment().control();
    }

    private int waitsFor(final int slotId) {
        return arrays.segment().slots().waitsForAcquire(slotId);
    }

    private void awaitWaiting() {
        Await.until("the handle waits", () -> waitsFor(arrays.slotId()) == partitionOfW());
    }

    private int partitionOfW() {
        return arrays.segment().layout().array("w").firstPartition();
    }

    private void setLock(final long held, final long word) {
        assertThat(arrays.segment().partitions().compareAndSetLock(partitionOfW(), held, word))
                .isTrue();
    }
}
