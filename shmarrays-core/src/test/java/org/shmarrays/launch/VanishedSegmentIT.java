package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.INT64;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Signals;
import org.shmarrays.worker.Worker;

/** The segment's files are deleted while worker processes train: the run fails, and no second model comes to be. */
@Tag("shared")
class VanishedSegmentIT {
    @AutoClose
    private WatchedRun run;

    private Path directory;

    @BeforeEach
    void prepare(@TempDir final Path temporary) {
        directory = temporary;
        run = new WatchedRun(temporary);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"HOGWILD", "LOCKED", "ORDERED"})
    void shouldFailTheRun(final Mode mode) throws InterruptedException, IOException {
        start(Trainer.class, 2, 3, mode.name());
        awaitLines("[0] trains", "[1] trains");

        deleteSegment();

        assertLost(run.group().await(Await.DEADLINE).orElseThrow());
        assertThat(run.output())
                .contains("failed: the segment's files were deleted, renamed, replaced or truncated from outside")
                .doesNotContain("restarts in");
    }

    @Test
    void shouldNotStartAWorkerAgainThatWouldMakeASecondSegment() throws InterruptedException, IOException {
        start(Trainer.class, 2, 3, "LOCKED");
        awaitLines("[0] trains", "[1] trains");

        deleteSegment();
        Signals.send(run.group().pids().get(1), "KILL");

        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();
        assertLost(result);
        assertThat(result.restarts()).containsExactly(0, 0);
    }

    @Test
    void shouldNotStartAWorkerAgainThatWaitsForIt() throws InterruptedException, IOException {
        run.launch(run.launcher(Trainer.class, 2, "LOCKED")
                .restarts(1)
                .restartPause(Duration.ofHours(1), Duration.ofHours(1)));
        awaitLines("[0] trains", "[1] trains");
        Signals.send(run.group().pids().get(1), "KILL");
        awaitLines("restart 1 of 1");

        deleteSegment();

        assertLost(run.group().await(Await.DEADLINE).orElseThrow());
    }

    @Test
    void shouldFailThoughTheWorkersDoNotLook() throws InterruptedException, IOException {
        start(Blind.class, 1, 0);
        awaitLines("[0] holds");
        Await.until("the launcher has seen the segment", this::isMappedHere);

        deleteSegment();
        awaitLines("[launcher] the segment's files were deleted, renamed, replaced or truncated from outside");
        Files.createFile(directory.resolve("end"));

        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();
        assertThat(result.exitCodes()).containsExactly(0);
        assertThat(result.isSuccess()).isFalse();
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @Test
    void shouldFailWhenAnotherSegmentHasTheName() throws InterruptedException, IOException {
        start(Trainer.class, 2, 1, "LOCKED");
        awaitLines("[0] trains", "[1] trains");

        Files.move(directory.resolve("w"), directory.resolve("kept"));
        Trainer.create(Worker.of(0, 1), Mode.LOCKED, run.settings()).close();

        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();
        assertThat(result.isSuccess()).isFalse();
        assertThat(result.failure())
                .contains("the segment's files were deleted, renamed, replaced or truncated from outside: name=w");
        try (ShmArrays other = ShmArrays.attach("w", run.settings())) {
            assertThat(other.read(long[].class).get("n")).as("untouched").containsExactly(0, 0);
        }
    }

    @Test
    void shouldGiveAWorkerTimeToSaveTheValues() throws InterruptedException, IOException {
        start(Saver.class, 2, 0);
        awaitLines("[0] trains", "[1] trains");

        deleteSegment();

        assertThat(run.group().await(Await.DEADLINE).orElseThrow().isSuccess()).isFalse();
        assertThat(run.output()).contains("[0] saved");
        try (ShmArrays saved = Checkpoint.restore(directory.resolve("saved.npz"), "saved", run.settings())) {
            assertThat(saved.read(long[].class).get("n")[0]).isPositive();
        }
    }

    /** A run may have other segments, which are whole. */
    @Test
    void shouldLeaveTheRestOfWhatVanishedAndRemoveOtherSegments() throws InterruptedException, IOException {
        try (RemovalAtEnd removal = RemovalAtEnd.ofName("w", run.settings());
                RemovalAtEnd otherRemoval = RemovalAtEnd.ofCreated("w-data", run.settings());
                ShmArrays other = otherRemoval.create(List.of(ArraySpec.of("n", INT64, 2)), fresh -> {})) {
            start(Trainer.class, 2, 0, "LOCKED");
            awaitLines("[0] trains", "[1] trains");
            removal.after(run.group());
            otherRemoval.after(run.group());

            Files.delete(directory.resolve("w").resolve("data-0.dat"));

            final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();
            assertThat(result.loss()).isPresent();
            assertThat(other.name()).isEqualTo("w-data");
        }
        assertThat(directory.resolve("w")).isDirectory();
        assertThat(directory.resolve("w-data")).doesNotExist();
    }

    @Test
    void shouldCreateWhenAWorkerFailedBeforeThereWasASegment() throws InterruptedException {
        start(FailsFirst.class, 1, 1);

        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

        assertThat(result.isSuccess()).as(run.output()).isTrue();
        assertThat(run.output()).contains("[0] created after restart 1");
    }

    @Test
    void shouldNotTakeARemovalForALoss() throws InterruptedException {
        start(Remover.class, 1, 0);

        final GroupResult result = run.group().await(Await.DEADLINE).orElseThrow();

        assertThat(result.isSuccess()).as(run.output()).isTrue();
    }

    private void start(final Class<?> mainClass, final int workers, final int restarts, final String... arguments) {
        run.launch(run.launcher(mainClass, workers, arguments)
                .restarts(restarts)
                .restartPause(Duration.ofMillis(20), Duration.ofSeconds(1)));
    }

    private void awaitLines(final String... texts) {
        for (final String text : texts) {
            Await.until(
                    "line with " + text + " in " + run.output(),
                    () -> run.output().contains(text));
        }
    }

    private boolean isMappedHere() {
        try {
            return Files.readString(Path.of("/proc/self/maps")).contains(directory.resolve("w") + "/data-0.dat");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void deleteSegment() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("w"))) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void assertLost(final GroupResult result) {
        assertThat(result.isSuccess()).as(run.output()).isFalse();
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.failure())
                .contains("the segment's files were deleted, renamed, replaced or truncated from outside: name=w")
                .contains("Checkpoint.write");
        assertThat(directory.resolve("w")).as("no second segment").doesNotExist();
    }

    /**
     * Creates the segment or attaches to it, and pushes until something ends it; counts no steps and comes to no
     * barrier.
     */
    static final class Trainer {
        static ShmArrays create(final Worker worker, final Mode mode, final Settings settings) {
            return ShmArrays.createOrAttach(
                    worker, "w", List.of(ArraySpec.of("n", INT64, 2).inMode(mode)), fresh -> {}, settings);
        }

        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = create(
                    worker,
                    Mode.valueOf(arguments[0]),
                    Settings.fromProperties().withSlots(8))) {
                for (long i = 0; !worker.shouldStop(); i++) {
                    arrays.add(Map.of("n", new long[] {1, 1}));
                    if (i == 0) {
                        worker.barrier();
                        System.out.println("trains");
                    }
                }
            }
        }
    }

    /** Holds a handle, and never looks whether the segment is there. */
    static final class Blind {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            Trainer.create(worker, Mode.HOGWILD, Settings.fromProperties());
            System.out.println("holds");
            final Path end =
                    Doors.ROOT.of(Settings.fromProperties()).directory().resolve("end");
            Await.until("the end", () -> Files.exists(end));
        }
    }

    /** Rank 0 saves the values when they are about to be lost, after rank 1 has failed. */
    static final class Saver {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = Trainer.create(worker, Mode.LOCKED, Settings.fromProperties())) {
                worker.barrier();
                System.out.println("trains");
                try {
                    while (true) {
                        arrays.add(Map.of("n", new long[] {1, 1}));
                        worker.countStep(1, 0);
                    }
                } catch (final SegmentVanishedException e) {
                    if (worker.rank() == 0) {
                        final long other = ProcessHandle.current()
                                .parent()
                                .flatMap(launcher -> launcher.children()
                                        .filter(child -> child.pid()
                                                != ProcessHandle.current().pid())
                                        .findAny())
                                .map(ProcessHandle::pid)
                                .orElse(-1L);
                        Await.until("the failure of rank 1", () -> other < 0 || !Await.isRunning(other));
                        Checkpoint.write(
                                arrays,
                                Doors.ROOT
                                        .of(Settings.fromProperties())
                                        .directory()
                                        .resolve("saved.npz"));
                        System.out.println("saved");
                    }
                    throw e;
                }
            }
        }
    }

    /** Fails before it has made the segment, and makes it when it is started again. */
    static final class FailsFirst {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            if (worker.restart() == 0) {
                System.exit(3);
            }
            try (ShmArrays arrays = Trainer.create(worker, Mode.LOCKED, Settings.fromProperties())) {
                arrays.checkPresent();
                System.out.println("created after restart " + worker.restart());
            }
        }
    }

    /** Removes the segment itself, when it has done. */
    static final class Remover {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = Trainer.create(worker, Mode.LOCKED, Settings.fromProperties())) {
                arrays.add(Map.of("n", new long[] {1, 1}));
                ShmArrays.remove(arrays.name());
            }
        }
    }
}
