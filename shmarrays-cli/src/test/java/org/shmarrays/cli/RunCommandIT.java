package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.launch.Leftover;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.worker.Worker;

/** {@code run} whose workers have their segment in another directory than the command. */
class RunCommandIT {
    @TempDir
    private Path ofCommand;

    @TempDir
    private Path ofWorkers;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", ofCommand.toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldRemoveASegmentThatHasNoNameOfTheUsers() {
        final CommandRun run = run(Creator.class, "0");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(ofWorkers).isEmptyDirectory();
        assertThat(ofCommand).isEmptyDirectory();
    }

    @Test
    void shouldSayWhereTheValuesAre() {
        final CommandRun run = run(Creator.class, "3", "--name", "w");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(3);
        assertThat(run.err())
                .contains("segment w keeps its values: `shmarrays checkpoint w FILE`")
                .contains("; give both SHMARRAYS_OPTS=-Dshmarrays.directory=" + ofWorkers);
    }

    @Test
    void shouldShowTheWholeErrorFirstAndNameTheLogFile() throws IOException {
        final Path logs = ofCommand.resolve("logs");

        final CommandRun run = run(Throwing.class, "x", "--log-dir", logs.toString(), "--redirect", "--quiet");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        final List<Path> directories;
        try (Stream<Path> entries = Files.list(logs)) {
            directories = entries.toList();
        }
        assertThat(directories).hasSize(1);
        final Path file = directories.get(0).resolve("rank-0.attempt-0.log");
        assertThat(run.err().lines().toList().subList(0, 6))
                .satisfies(
                        lines -> assertThat(lines.get(1)).matches("worker 0 \\(pid \\d+\\) failed with exit code 1:"))
                .containsSubsequence(
                        "shmarrays: worker 0 of 1 failed with exit code 1",
                        "    Exception in thread \"main\" java.lang.IllegalStateException: " + Throwing.MESSAGE,
                        "    Caused by: java.lang.IllegalArgumentException: the root",
                        "    log file: " + file,
                        "Last lines of worker 0:");
        assertThat(Files.readString(file)).contains("Z err Exception in thread \"main\" ");
    }

    @Test
    void shouldLogTheSegmentOfTheWorkers() throws IOException {
        final Path logs = ofCommand.resolve("logs");

        final CommandRun run = run(Creator.class, "0", "--name", "w", "--log-to", "tensorboard:" + logs);

        assertThat(run.exitCode()).as(run.err()).isZero();
        try (Stream<Path> files = Files.list(logs)) {
            assertThat(files.toList())
                    .singleElement()
                    .satisfies(file -> assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .contains("brain.Event:2", "workers/running"));
        }
    }

    @Test
    void shouldRefuseTheNameOfALiveRun() {
        final List<ArraySpec> specs = List.of(ArraySpec.of("w", FLOAT32, 2));
        try (ShmArrays arrays = ShmArrays.createOrAttach(Worker.of(0, 1, 7), "w", specs, fresh -> {}, settings())) {
            final CommandRun run = run(Creator.class, "0", "--name", "w");

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err())
                    .isEqualTo("shmarrays: a live run has this segment: name=w, pids=["
                            + ProcessHandle.current().pid()
                            + "]; choose another --name, stop that run by `shmarrays stop w`, or change the number of"
                            + " its workers by `shmarrays scale w N`\n");
            assertThat(Doors.SEGMENT.of(arrays).claimedSlots()).isEqualTo(1);
        }
        Leftover.checkNoLiveRun("w", settings()); // the run has ended
    }

    @Test
    void shouldScaleTheRun() {
        final Settings settings = settings();
        ShmArrays.create("w", List.of(ArraySpec.of("w", FLOAT32, 2)), settings).close();
        final SegmentStatus status = Doors.STATUS.of(SegmentOpener.open(Doors.ROOT.of(settings), "w", false));
        final CompletableFuture<CommandRun> run = CompletableFuture.supplyAsync(
                () -> run(UntilStopped.class, "x", "--name", "w"), task -> new Thread(task).start());
        try {
            awaitWorkers(status, 1, run);

            System.setProperty("shmarrays.directory", ofWorkers.toString());
            final CommandRun scale = CommandRun.of("scale", "w", "2");

            assertThat(scale.exitCode()).as(scale.err()).isZero();
            awaitWorkers(status, 2, run);
        } finally {
            Doors.RUN_CONTROL
                    .of(SegmentOpener.open(Doors.ROOT.of(settings), "w", false))
                    .stop();
        }
        assertThat(run.join().exitCode()).as(run.join().err()).isZero();
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(ofWorkers);
    }

    private CommandRun run(final Class<?> mainClass, final String argument, final String... options) {
        final Stream<String> fixed = Stream.of(
                "--workers",
                "1",
                "--heap",
                "64m",
                "--jvm-arg",
                "-Dshmarrays.directory=" + ofWorkers,
                "--class-path",
                System.getProperty("java.class.path"),
                "--",
                mainClass.getName(),
                argument);
        return CommandRun.of(Stream.of(Stream.of("run"), Stream.of(options), fixed)
                .flatMap(words -> words)
                .toArray(String[]::new));
    }

    private static void awaitWorkers(
            final SegmentStatus status, final int count, final CompletableFuture<CommandRun> run) {
        await(count + " workers", () -> {
            assertThat(run).isNotDone();
            return status.workers().stream()
                            .filter(worker -> worker.active() && worker.rank() >= 0)
                            .count()
                    == count;
        });
    }

    private static void await(final String description, final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began).as(description).isLessThan(60_000_000_000L);
            LockSupport.parkNanos(5_000_000);
        }
    }

    /** Makes the segment of the run, and ends with the exit code of its argument. */
    static final class Creator {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            ShmArrays.createOrAttach(
                            worker,
                            worker.segmentName(),
                            List.of(ArraySpec.of("w", FLOAT32, 2)),
                            arrays -> {},
                            Settings.fromProperties())
                    .close();
            System.exit(Integer.parseInt(arguments[0]));
        }
    }

    /** Fails with a message that is longer than a last line, and more of a stack than there are last lines. */
    static final class Throwing {
        static final String MESSAGE = "m".repeat(10_000);

        public static void main(final String... arguments) {
            deeper(50);
        }

        private static void deeper(final int depth) {
            if (depth > 0) {
                deeper(depth - 1);
            }
            throw new IllegalStateException(MESSAGE, new IllegalArgumentException("the root"));
        }
    }

    static final class UntilStopped {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                await("stop", () -> arrays.name().isEmpty() || worker.shouldStop());
            }
        }
    }
}
