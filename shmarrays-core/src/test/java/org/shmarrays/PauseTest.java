package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.errors.LockLostException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.internal.segment.PartitionAccess;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.update.Updates;

/** A pause of the segment holds pushes back, and waits for those under way. */
class PauseTest {
    @TempDir
    private Path directory;

    private ShmArrays arrays;

    @BeforeEach
    void create() {
        arrays = ShmArrays.create(
                "p",
                List.of(
                        ArraySpec.of("hogwild", FLOAT32, 8).inMode(Mode.HOGWILD),
                        ArraySpec.of("atomic", FLOAT32, 8).inMode(Mode.ATOMIC),
                        ArraySpec.of("locked", FLOAT32, 8)),
                settings(Duration.ofSeconds(60)));
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    private Settings settings(final Duration lockTimeout) {
        return Settings.fromProperties().withDirectory(directory).withSlots(4).withLockTimeout(lockTimeout);
    }

    private static Thread started(final Runnable work, final AtomicReference<Throwable> failure) {
        final Thread thread = new Thread(work);
        thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
        thread.start();
        return thread;
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "ATOMIC", "LOCKED"})
    void shouldHoldPushesBackUntilThePauseEnds(final Mode mode) throws Exception {
        final String name = mode.name().toLowerCase(java.util.Locale.ROOT);
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final AtomicReference<Thread> pusher = new AtomicReference<>();
        final AtomicBoolean pushed = new AtomicBoolean();
        arrays.partitions().whilePaused(() -> {
            pusher.set(started(
                    () -> {
                        try (ShmArrays other = arrays.newHandle()) {
                            other.add(Map.of(name, new float[] {1, 1, 1, 1, 1, 1, 1, 1}));
                            pushed.set(true);
                        }
                    },
                    failure));
            Await.until("the pusher parks", () -> pusher.get().getState() == Thread.State.TIMED_WAITING);
            assertThat(pushed).isFalse();
            assertThat(arrays.read().get(name)).containsOnly(0f);
        });
        pusher.get().join();

        assertThat(failure.get()).isNull();
        assertThat(arrays.read().get(name)).containsOnly(1f);
    }

    /** Of its own, and inside a push, which a pause waits for. */
    @Test
    void shouldHoldChangesThroughViewsBack() throws Exception {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final AtomicReference<Thread> changer = new AtomicReference<>();
        arrays.partitions().whilePaused(() -> {
            changer.set(started(
                    () -> {
                        try (ShmArrays other = arrays.newHandle()) {
                            final FloatBuffer view =
                                    (FloatBuffer) other.array("hogwild").typedView();
                            other.partitions().changeBetweenPauses(() -> view.put(0, 1));
                        }
                    },
                    failure));
            Await.until("the changer parks", () -> changer.get().getState() == Thread.State.TIMED_WAITING);
            assertThat(arrays.read().get("hogwild")).containsOnly(0f);
        });
        changer.get().join();
        final FloatBuffer view = (FloatBuffer) arrays.array("hogwild").typedView();
        final PartitionAccess partitions = arrays.partitions();
        arrays.update(
                Map.of("atomic", new float[8]),
                Updates.add(),
                () -> partitions.changeBetweenPauses(() -> view.put(1, view.get(0) + 1)));

        assertThat(failure.get()).isNull();
        assertThat(view.get(1)).isEqualTo(2f);
        arrays.partitions().whilePaused(() -> {}); // the gate is open
    }

    @Test
    void shouldWaitForAPushUnderWay() throws Exception {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final AtomicReference<float[]> seen = new AtomicReference<>();
        final Thread pusher = started(() -> pushSlowly(inside, goOn), failure);
        inside.await();
        final Thread snapshot = started(
                () -> arrays.partitions()
                        .whilePaused(() -> seen.set(arrays.read().get("hogwild"))),
                failure);
        Await.until("the pause waits", () -> snapshot.getState() == Thread.State.TIMED_WAITING);
        assertThat(seen.get()).isNull();

        goOn.countDown();
        snapshot.join();
        pusher.join();

        assertThat(failure.get()).isNull();
        assertThat(seen.get()).containsOnly(2f);
    }

    private void pushSlowly(final CountDownLatch inside, final CountDownLatch goOn) {
        final BinaryOperator<float[]> slow = (gradient, old) -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
            return gradient;
        };
        try (ShmArrays other = arrays.newHandle()) {
            other.update(Map.of("hogwild", new float[] {2, 2, 2, 2, 2, 2, 2, 2}), slow);
        }
    }

    @Test
    void shouldGiveUpWhenAPushDoesNotEndAndLetPushesGoOn() throws Exception {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final Thread pusher = started(() -> pushSlowly(inside, goOn), failure);
        inside.await();
        try (ShmArrays hasty = ShmArrays.attach("p", settings(Duration.ofMillis(20)))) {
            assertThatThrownBy(() -> hasty.partitions().whilePaused(() -> {}))
                    .isInstanceOf(WaitTimeoutException.class)
                    .hasMessageContaining("a push does not end")
                    .hasMessageContaining("pid=" + ProcessHandle.current().pid());
            hasty.add(Map.of("locked", new float[8]));
        }
        goOn.countDown();
        pusher.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void shouldRefuseToPushThroughTheHandleThatPaused() {
        assertThatThrownBy(() -> arrays.partitions().whilePaused(() -> arrays.add(Map.of("locked", new float[8]))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has paused the segment");

        arrays.add(Map.of("locked", new float[] {1, 1, 1, 1, 1, 1, 1, 1}));
        assertThat(arrays.read().get("locked")).containsOnly(1f);
    }

    @Test
    void shouldWaitForTheEndOfAnotherPause() {
        try (ShmArrays hasty = ShmArrays.attach("p", settings(Duration.ofMillis(20)))) {
            arrays.partitions()
                    .whilePaused(
                            () -> assertThatThrownBy(() -> hasty.partitions().whilePaused(() -> {}))
                                    .isInstanceOf(WaitTimeoutException.class)
                                    .hasMessageContaining("paused by another process"));
            hasty.partitions().whilePaused(() -> {});
        }
    }

    @Test
    void shouldSayThatAPauseWasEndedByOthers() {
        assertThatThrownBy(() -> arrays.partitions().whilePaused(() -> {
                    final long token = arrays.segment().runControl().pauseAcquire();
                    arrays.segment().runControl().compareAndSetPause(token, 0);
                }))
                .isInstanceOf(LockLostException.class)
                .hasMessageContaining("another process ended the pause");
    }

    @Test
    void shouldRefuseAReadOnlyHandle() {
        try (ShmArrays reader = ShmArrays.attachReadOnly("p", settings(Duration.ofSeconds(60)))) {
            assertThatThrownBy(reader::partitions)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("attached read-only");
        }
    }
}
