package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.LogListener;
import org.shmarrays.testing.Signals;
import org.shmarrays.worker.Worker;

/** Whoever waits for a process that is stopped waits for as long as it is, whatever the wait is for; and says so. */
@Tag("shared")
class StoppedHolderIT {
    /** Shorter than the time for which processes are stopped here, and long enough for what they do afterwards. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static final Duration STOP = TIMEOUT.plusMillis(600);

    @AutoClose
    private final LogListener stops = LogListener.on("org.shmarrays.internal.worker.StoppedWorkers");

    @AutoClose
    private final LogListener fileStops = LogListener.on("org.shmarrays.internal.segment.FileLockHolder");

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(8)
                .withLockTimeout(TIMEOUT)
                .withWorkerTimeout(TIMEOUT)
                .withAttachTimeout(TIMEOUT);
    }

    /** Waits for a while in which the process is stopped, then has it go on, and waits for the end of the wait. */
    private static void continueAfterAWhile(final Jvm stopped, final CompletableFuture<Void> wait) {
        final long began = System.nanoTime();
        Await.until("more than the timeout", () -> {
            if (wait.isDone()) {
                wait.join(); // says what has ended it
                throw new AssertionError("the wait ended while the process was stopped");
            }
            return System.nanoTime() - began > STOP.toNanos();
        });
        stopped.signal("CONT");
        wait.join();
    }

    private void assertSaid(final Jvm stopped) {
        assertThat(stops.messages()).hasSize(2);
        assertThat(stops.messages().get(0))
                .contains("is stopped", "pid=" + stopped.pid(), "kill -CONT " + stopped.pid());
        assertThat(stops.messages().get(1))
                .containsAnyOf("goes on", "is gone") // it may end before the waiter checks it again
                .contains("pid=" + stopped.pid());
    }

    @Test
    void shouldWaitForTheLockOfAStoppedHolder() {
        try (ShmArrays arrays = OneLock.create(directory);
                ShmArrays waiter = ShmArrays.attach("w", settings());
                Jvm holder = Jvm.start(PatientHolder.class, directory)) {
            holder.awaitLine("holding");
            Signals.stop(holder.pid());
            PatientHolder.letGo(directory);

            continueAfterAWhile(holder, Background.run(() -> waiter.add(Map.of("w", OneLock.ONES))));

            holder.awaitLine("released");
            assertThat(arrays.read().get("w")).containsOnly(2f);
            assertThat(OneLock.recoveries(arrays)).isZero();
            assertSaid(holder);
        }
    }

    @Test
    void shouldWaitForAStoppedHolderWithoutALock() {
        try (ShmArrays arrays = OneLock.create(directory);
                ShmArrays reader = ShmArrays.attachReadOnly("w", settings());
                Jvm holder = Jvm.start(HalfHolder.class, directory)) {
            holder.awaitLine("half changed");
            Signals.stop(holder.pid());
            PatientHolder.letGo(directory);

            continueAfterAWhile(
                    holder,
                    Background.run(() -> assertThat(reader.read().get("w")).containsOnly(1f)));

            assertSaid(holder);
            assertThat(arrays.read().get("w")).containsOnly(1f);
        }
    }

    /** Its partitions are half changed while it waits. */
    static final class HalfHolder {
        public static void main(final String... arguments) {
            final Path directory = Path.of(System.getProperty("shmarrays.directory"));
            try (ShmArrays arrays = ShmArrays.attach("w")) {
                arrays.partitions().overwrite(() -> {
                    System.out.println("half changed");
                    Await.until("go", () -> Files.exists(directory.resolve("go")));
                    final int offset = arrays.segment().layout().arrays().get(0).offset();
                    arrays.segment().file(0, 0).floats().put(offset / Float.BYTES, OneLock.ONES);
                });
            }
        }
    }

    /** Comes to a barrier, and to the second one after it was let go. */
    static final class Peer {
        public static void main(final String... arguments) {
            final Path directory = Path.of(System.getProperty("shmarrays.directory"));
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker, "b", Settings.fromProperties())) {
                worker.barrier();
                System.out.println("came");
                Await.until("go", () -> Files.exists(directory.resolve("go")));
                arrays.add(Map.of("w", OneLock.ONES));
                worker.countStep(1, 0);
                worker.barrier();
            }
        }
    }

    @Test
    void shouldWaitForAStoppedWorkerAtABarrier() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, OneLock.ONES.length);
        final Worker worker = Worker.of(0, 2);
        try (ShmArrays creator = ShmArrays.create("b", List.of(spec), settings());
                ShmArrays own = ShmArrays.attach(worker, "b", settings());
                Jvm peer = Jvm.startWorker(1, 2, Peer.class, directory)) {
            Await.until("the first barrier", () -> comes(worker));
            peer.awaitLine("came");
            Signals.stop(peer.pid());
            PatientHolder.letGo(directory);

            continueAfterAWhile(peer, Background.run(worker::barrier));

            assertThat(creator.read().get("w")).containsOnly(1f);
            assertThat(own.name()).isEqualTo("b");
            assertSaid(peer);
        }
    }

    private static boolean comes(final Worker worker) {
        try {
            worker.barrier();
            return true;
        } catch (final WaitTimeoutException e) {
            return false; // to call again is to wait for the same barrier
        }
    }

    /** Pushes to an array without locks, and stays inside. */
    static final class Pusher {
        public static void main(final String... arguments) {
            final Path directory = Path.of(System.getProperty("shmarrays.directory"));
            try (ShmArrays arrays = ShmArrays.attach("p")) {
                arrays.update(Map.of("w", new float[4]), (final float[] gradient, final float[] old) -> {
                    System.out.println("inside");
                    Await.until("go", () -> Files.exists(directory.resolve("go")));
                    return old;
                });
            }
        }
    }

    @Test
    void shouldPauseOnlyWhenAStoppedPushHasEnded() {
        final ArraySpec spec = ArraySpec.of("w", FLOAT32, 4).inMode(Mode.HOGWILD);
        try (ShmArrays arrays = ShmArrays.create("p", List.of(spec), settings());
                Jvm pusher = Jvm.start(Pusher.class, directory)) {
            pusher.awaitLine("inside");
            Signals.stop(pusher.pid());
            PatientHolder.letGo(directory);

            continueAfterAWhile(pusher, Background.run(() -> arrays.partitions().whilePaused(() -> {})));

            assertSaid(pusher);
        }
    }

    /** Creates a segment, and takes its time. */
    static final class Creator {
        public static void main(final String... arguments) {
            final Path directory = Path.of(System.getProperty("shmarrays.directory"));
            ShmArrays.create(
                            "c",
                            List.of(OneLock.SPEC),
                            arrays -> {
                                System.out.println("initialises");
                                Await.until("go", () -> Files.exists(directory.resolve("go")));
                            },
                            Settings.fromProperties())
                    .close();
        }
    }

    @Test
    void shouldWaitForTheSegmentOfAStoppedCreator() {
        try (Jvm creator = Jvm.start(Creator.class, directory)) {
            creator.awaitLine("initialises");
            Signals.stop(creator.pid());
            PatientHolder.letGo(directory);

            continueAfterAWhile(
                    creator,
                    Background.run(() -> ShmArrays.attach("c", settings()).close()));

            assertThat(fileStops.messages()).hasSize(2);
            assertThat(fileStops.messages().get(0)).contains("is stopped", "pid=" + creator.pid());
        }
    }
}
