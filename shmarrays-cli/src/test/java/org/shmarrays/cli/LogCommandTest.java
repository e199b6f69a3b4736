package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;

/** {@code log}; what is in the files is tested in core. */
class LogCommandTest {
    @TempDir
    private Path directory;

    private Path logs;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.toString());
        logs = directory.resolve("logs");
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    private CompletableFuture<CommandRun> log() {
        return CompletableFuture.supplyAsync(
                () -> CommandRun.of("log", "m", "--to", "tensorboard:" + logs, "--interval", "0.1"),
                task -> new Thread(task).start());
    }

    /** The bytes of all event files, a character each. */
    private String events() {
        if (!Files.isDirectory(logs)) {
            return "";
        }
        try (Stream<Path> files = Files.list(logs)) {
            final StringBuilder events = new StringBuilder();
            for (final Path file : files.sorted().toList()) {
                events.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return events.toString();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitLogOf(final String tag, final CompletableFuture<CommandRun> run) {
        final long beganNs = System.nanoTime();
        while (!events().contains(tag)) {
            assertThat(run).isNotDone();
            assertThat(System.nanoTime() - beganNs).as(tag).isLessThan(60_000_000_000L);
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void shouldLogUntilTheRunHasEnded() {
        final CompletableFuture<CommandRun> run;
        try (ShmArrays coordinator = ShmArrays.create("m", ArraySpec.of("w", FLOAT32, 8));
                ShmArrays worker = ShmArrays.attach(Worker.of(0, 1), "m", Settings.fromProperties())) {
            coordinator.runControl().measured("before the log", 0.5);
            run = log();
            awaitLogOf("workers/running", run);
            worker.add(Map.of("w", new float[8]));
            awaitLogOf("contention/w", run);
            coordinator.runControl().measured("validation loss", 0.25);
            awaitLogOf("validation loss", run);
            assertThat(Doors.SEGMENT.of(coordinator).claimedSlots())
                    .as("the log has none")
                    .isEqualTo(2);
        }
        ShmArrays.remove("m");

        assertThat(run.join().exitCode()).as(run.join().err()).isZero();
        assertThat(events()).doesNotContain("before the log");
        assertThat(run.join().out())
                .startsWith("segment=m, file=" + logs.resolve("events.out.tfevents."))
                .endsWith("the run has ended, and its segment was removed: name=m\n");
    }

    @Test
    void shouldFailIfTheSegmentIsRemovedWhileAWorkerUsesIt() {
        try (ShmArrays worker = ShmArrays.createOrAttach(
                Worker.of(0, 1),
                "m",
                List.of(ArraySpec.of("w", FLOAT32, 8)),
                arrays -> {},
                Settings.fromProperties())) {
            final CompletableFuture<CommandRun> run = log();
            awaitLogOf("workers/running", run);
            ShmArrays.remove(worker.name());

            assertThat(run.join().exitCode()).isEqualTo(1);
            assertThat(run.join().err()).isEqualTo("shmarrays: the segment was removed: name=m\n");
        }
    }

    @Test
    void shouldRefuseWhatItCannotDo() {
        final String target = "tensorboard:" + logs;

        assertThat(CommandRun.of("log", "m").exitCode()).isEqualTo(2);
        assertThat(CommandRun.of("log", "m", "--to", target, "--interval", "0").exitCode())
                .isEqualTo(2);
        assertThat(CommandRun.of("run", "--log-to", target, "--log-interval", "0", "--", "None")
                        .err())
                .contains("'--log-interval'", "the interval must be 0.1 to 3600.0 seconds: 0.0");
        assertThat(CommandRun.of("log", "m", "--to", "mlflow:x").err())
                .contains("'--to'", "not a target for a log: mlflow:x; write tensorboard:DIR");
        final CommandRun nothing = CommandRun.of("log", "m", "--to", target);
        assertThat(nothing.exitCode()).isEqualTo(1);
        assertThat(nothing.err()).contains("segment not found: name=m");
        assertThat(logs).as("nothing was logged").doesNotExist();
    }
}
