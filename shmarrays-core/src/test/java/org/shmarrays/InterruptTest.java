package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.SlotLocks;

/** An interrupt keeps no call from doing what it is asked for, stays noted, breaks nothing, and burns no core. */
@Timeout(120)
class InterruptTest {
    private static final List<ArraySpec> SPECS =
            List.of(ArraySpec.of("w", FLOAT32, 300_000).withState(1));

    private static final int ELEMENTS = 300_000;
    private static final int ROUNDS = 3;

    /** A call that takes longer than the time between two interrupts is repeated at each: so they have an end. */
    private static final int MOST_INTERRUPTS = 40;

    private static final int LONGEST_SPIN_NS = 3_000_000;

    @TempDir
    private Path directory;

    @TempDir
    private Path files;

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

    /** What a user may ask for, each call from a state in which it succeeds. */
    enum Call {
        CREATE((settings, file) -> ShmArrays.create("s", SPECS, settings).close(), false),
        CREATE_OR_ATTACH(
                (settings, file) -> ShmArrays.createOrAttach("s", SPECS, arrays -> {}, settings)
                        .close(),
                false),
        REPLACE(
                (settings, file) -> ShmArrays.createOrAttach(
                                "s", SPECS, arrays -> {}, settings.withLeftovers(Settings.Leftovers.REPLACE))
                        .close(),
                true),
        ATTACH((settings, file) -> ShmArrays.attach("s", settings).close(), true),
        ATTACH_READ_ONLY(
                (settings, file) -> ShmArrays.attachReadOnly("s", settings).close(), true),
        CLAIM_AND_PUSH(
                (settings, file) -> {
                    try (ShmArrays arrays = ShmArrays.attach("s", settings);
                            ShmArrays second = arrays.newHandle()) {
                        second.add(Map.of("w", new float[ELEMENTS]));
                        assertThat(arrays.read()).hasSize(1);
                    }
                },
                true),
        CHECKPOINT(
                (settings, file) -> {
                    try (ShmArrays arrays = ShmArrays.attach("s", settings)) {
                        Checkpoint.write(arrays, file, Checkpoint.Consistency.WHOLE_SEGMENT);
                    }
                },
                true),
        RESTORE(
                (settings, file) -> {
                    try (ShmArrays arrays = ShmArrays.attach("s", settings)) {
                        Checkpoint.restoreInto(arrays, CHECKPOINT.path(file));
                    }
                },
                true),
        EXPORT(
                (settings, file) -> {
                    try (ShmArrays arrays = ShmArrays.attachReadOnly("s", settings)) {
                        Checkpoint.export(file, arrays);
                    }
                },
                true),
        STATUS(
                (settings, file) -> {
                    try (ShmArrays arrays = ShmArrays.attachReadOnly("s", settings)) {
                        assertThat(arrays.status().arrays()).hasSize(1);
                    }
                },
                true),
        CLEAN(
                (settings, file) -> {
                    final DeadSegments dead = new DeadSegments(Doors.ROOT.of(settings));
                    final List<DeadSegments.Entry> found = dead.find();
                    assertThat(found).hasSize(1);
                    assertThat(dead.remove(found.get(0), true).removed()).isTrue();
                },
                true),
        REMOVE((settings, file) -> ShmArrays.remove("s", settings), true);

        private final BiConsumer<Settings, Path> code;
        private final boolean needsSegment;

        Call(final BiConsumer<Settings, Path> code, final boolean needsSegment) {
            this.code = code;
            this.needsSegment = needsSegment;
        }

        private Path path(final Path beside) {
            return beside.resolveSibling(name() + ".npz");
        }

        private void prepare(final Settings settings, final Path file) {
            if (needsSegment) {
                try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings)) {
                    if (this == RESTORE) {
                        Checkpoint.write(arrays, CHECKPOINT.path(file));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Call.class)
    void shouldDoWhatAnInterruptedThreadAsksFor(final Call call) {
        final Path file = call.path(files.resolve("any"));
        call.prepare(settings(), file);

        Thread.currentThread().interrupt();
        call.code.accept(settings(), file);

        assertThat(Thread.interrupted()).as("the interrupt is noted still").isTrue();
        assertThat(directory.toFile().list()).allMatch("s"::equals);
    }

    @ParameterizedTest
    @EnumSource(Call.class)
    void shouldDoWhatAThreadAsksForThatIsInterruptedMeanwhile(final Call call) {
        final long seed = 12;
        System.out.println("InterruptTest call=" + call + " seed=" + seed);
        final Random random = new Random(seed);
        final Path file = call.path(files.resolve("any"));
        for (int round = 0; round < ROUNDS; round++) {
            call.prepare(settings(), file);
            final CompletableFuture<Boolean> end = new CompletableFuture<>();
            final Thread thread = new Thread(() -> {
                try {
                    call.code.accept(settings(), file);
                    end.complete(true);
                } catch (final Throwable e) {
                    end.completeExceptionally(e);
                }
            });
            thread.start();
            for (int interrupts = 0; interrupts < MOST_INTERRUPTS && !end.isDone(); interrupts++) {
                final long spin = System.nanoTime() + random.nextInt(LONGEST_SPIN_NS);
                while (System.nanoTime() < spin) {
                    Thread.onSpinWait();
                }
                thread.interrupt();
            }
            assertThat(end).succeedsWithin(Await.DEADLINE);
            assertThat(directory.toFile().list()).allMatch("s"::equals);
            if (directory.resolve("s").toFile().exists()) {
                ShmArrays.remove("s", settings());
            }
        }
    }

    /** A channel that an interrupt closes must not be one of a file that another thread of the process holds locked. */
    @Test
    void shouldKeepTheLocksOfOthersWhenAClaimantIsInterrupted() throws IOException {
        try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings());
                ShmArrays second = arrays.newHandle()) {
            Thread.currentThread().interrupt();
            for (int i = 0; i < ROUNDS; i++) {
                arrays.newHandle().close();
            }
            assertThat(Thread.interrupted()).isTrue();
            assertThat(SlotLocks.isLocked(arrays)).isTrue();
            assertThat(SlotLocks.isLocked(second)).isTrue();
        }
    }

    @Test
    void shouldSurviveInterruptsAtAnyMoment() throws InterruptedException {
        final long seed = 99;
        System.out.println("InterruptTest seed=" + seed);
        final Random random = new Random(seed);
        final AtomicReference<Throwable> unexpected = new AtomicReference<>();
        final Settings settings = settings().withLeftovers(Settings.Leftovers.REPLACE);
        for (int round = 0; round < 30; round++) {
            final Thread thread = new Thread(() -> {
                try (ShmArrays arrays = ShmArrays.createOrAttach("s", SPECS, created -> {}, settings);
                        ShmArrays second = ShmArrays.attach("s", settings)) {
                    second.add(Map.of("w", new float[300_000]));
                    arrays.read();
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
        final Duration timeout = Duration.ofMillis(600);
        try (ShmArrays arrays = ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 1)), settings());
                ShmArrays brief = ShmArrays.attach("s", settings().withLockTimeout(Duration.ofMillis(50)));
                ShmArrays patient = ShmArrays.attach("s", settings().withLockTimeout(timeout))) {
            arrays.segment().partitions().compareAndSetLock(0, 0, 99);
            final var threads = ManagementFactory.getThreadMXBean();
            Thread.currentThread().interrupt();
            assertWaitsInVain(brief); // the first wait loads classes
            final long before = threads.getCurrentThreadCpuTime();

            assertWaitsInVain(patient);

            final long used = threads.getCurrentThreadCpuTime() - before;
            assertThat(Thread.interrupted()).isTrue();
            assertThat(used).isLessThan(timeout.toNanos() / 2);
        }
    }

    private static void assertWaitsInVain(final ShmArrays arrays) {
        assertThatThrownBy(() -> arrays.add(Map.of("w", new float[1])))
                .isInstanceOf(UpdateFailedException.class)
                .hasCauseInstanceOf(LockTimeoutException.class);
    }
}
