package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.PartitionDescriptor;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.LockTimeoutException;
import org.shmarrays.testing.Await;

/** An interrupt may end a creation or an attachment with an exception; it must not break anything, nor burn the core. */
@Timeout(120)
class InterruptTest {
    private static final List<ArraySpec> SPECS =
            List.of(ArraySpec.of("w", FLOAT32, 300_000).withState(1));

    @TempDir
    private Path directory;

    @AfterEach
    void clear() {
        Thread.interrupted();
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(3);
    }

    @Test
    void shouldUpdateAndReadInAnInterruptedThread() {
        try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings())) {
            Thread.currentThread().interrupt();
            arrays.add(Map.of("w", new float[300_000]));
            assertThat(arrays.read()).hasSize(1);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void shouldLeaveNothingHalfDoneWhenInterrupted() {
        Thread.currentThread().interrupt();
        for (int i = 0; i < 3; i++) {
            try {
                ShmArrays.createOrAttach("s", SPECS, arrays -> {}, settings()).close();
            } catch (final InvalidSegmentException e) {
                assertThat(e).hasMessageContaining("ClosedByInterruptException");
            }
        }
        assertThat(Thread.interrupted()).isTrue();
        for (final String left : directory.toFile().list()) {
            assertThat(left).doesNotStartWith(".creating");
        }
        ShmArrays.createOrAttach("s", SPECS, arrays -> {}, settings().withLeftovers(Settings.Leftovers.ATTACH))
                .close();
    }

    @Test
    void shouldSurviveInterruptsAtAnyMoment() throws InterruptedException {
        final long seed = 99;
        System.out.println("InterruptTest seed=" + seed);
        final Random random = new Random(seed);
        final AtomicReference<Throwable> unexpected = new AtomicReference<>();
        final Settings settings = settings().withLeftovers(Settings.Leftovers.REPLACE);
        for (int round = 0; round < 60; round++) {
            final Thread thread = new Thread(() -> {
                try (ShmArrays arrays = ShmArrays.createOrAttach("s", SPECS, created -> {}, settings);
                        ShmArrays second = ShmArrays.attach("s", settings)) {
                    second.add(Map.of("w", new float[300_000]));
                    arrays.read();
                } catch (final InvalidSegmentException e) {
                    if (!e.toString().contains("ClosedByInterruptException")) {
                        unexpected.set(e);
                    }
                } catch (final Throwable e) {
                    unexpected.set(e);
                }
            });
            thread.start();
            final long spin = System.nanoTime() + random.nextInt(20_000_000);
            while (System.nanoTime() < spin) {
                Thread.onSpinWait();
            }
            thread.interrupt();
            thread.join(Await.DEADLINE.toMillis());
            assertThat(thread.isAlive()).isFalse();
            if (unexpected.get() != null) {
                throw new AssertionError("round " + round, unexpected.get());
            }
        }
        // Whatever was interrupted, all slots and locks are free.
        try (ShmArrays arrays = ShmArrays.createOrAttach("s", SPECS, created -> {}, settings);
                ShmArrays second = arrays.newHandle();
                ShmArrays third = arrays.newHandle()) {
            second.add(Map.of("w", new float[300_000]));
            third.add(Map.of("w", new float[300_000]));
        }
        assertThat(directory.toFile().list()).containsExactly("s");
    }

    @Test
    void shouldNotSpinWhileItWaitsInterrupted() {
        final Settings settings = settings().withLockTimeout(Duration.ofMillis(600));
        try (ShmArrays arrays = ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 1)), settings)) {
            PartitionDescriptor.compareAndSetLock(
                    arrays.segment().control(), arrays.segment().controlLayout().partition(0), 0, 99);
            final var threads = ManagementFactory.getThreadMXBean();
            Thread.currentThread().interrupt();
            final long before = threads.getCurrentThreadCpuTime();

            try {
                arrays.add(Map.of("w", new float[1]));
                throw new AssertionError("got a lock that somebody else has");
            } catch (final UpdateFailedException e) {
                assertThat(e.getCause()).isInstanceOf(LockTimeoutException.class);
            }

            final long used = threads.getCurrentThreadCpuTime() - before;
            assertThat(Thread.interrupted()).isTrue();
            assertThat(used).isLessThan(TimeUnit.MILLISECONDS.toNanos(350));
        }
    }
}
