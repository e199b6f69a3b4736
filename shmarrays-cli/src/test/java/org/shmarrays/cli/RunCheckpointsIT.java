package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.launch.Leftover;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** {@code run} saves what its workers train, and begins with it again. */
@Timeout(180)
class RunCheckpointsIT {
    private static final String ENDLESS = Long.toString(Long.MAX_VALUE);
    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", FLOAT32, 1));

    @TempDir
    private Path directory;

    private Path saved;
    private Settings settings;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.resolve("root").toString());
        saved = directory.resolve("saved");
        settings = Settings.fromProperties().withAttachTimeout(Duration.ofMinutes(1));
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    private List<String> arguments(final String target, final String... options) {
        return arguments(Adder.class, target, options);
    }

    private List<String> arguments(final Class<?> program, final String target, final String... options) {
        final List<String> arguments = new ArrayList<>(List.of("run", "--heap", "64m", "--checkpoint-dir"));
        arguments.add(saved.toString());
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("--class-path", System.getProperty("java.class.path"), "--", program.getName()));
        arguments.add(target);
        return arguments;
    }

    private CommandRun run(final String target, final String... options) {
        return CommandRun.of(arguments(target, options).toArray(String[]::new));
    }

    private Path latest() {
        return CheckpointPlan.ofOptions(null, saved, 1, CheckpointPlan.LATEST)
                .resumedFile(null)
                .orElseThrow();
    }

    /** Each push adds 1, and is counted as a step. */
    private void assertThatPushesAndStepsAreTogether(final Path file, final long atLeast) {
        final long steps = Checkpoint.describe(file).steps();
        try (ShmArrays arrays = Checkpoint.restore(file, "look", settings)) {
            assertThat(arrays.read().get("w")[0]).isEqualTo(steps).isGreaterThanOrEqualTo(atLeast);
        }
        ShmArrays.remove("look", settings);
    }

    @Test
    void shouldSaveWhenAWorkerFailsForGoodAndBeginWithThat() {
        final CompletableFuture<CommandRun> failing = CompletableFuture.supplyAsync(
                () -> run(ENDLESS, "--workers", "2", "--name", "a", "--checkpoint-every", "500 steps", "--keep", "2"),
                task -> new Thread(task).start());
        awaitSteps("a", 2_000);
        assertThat(run("1", "--name", "a", "--leftover", "replace").err()).contains("a live run has this segment");
        killRank("a", 1);

        assertThat(failing.join().exitCode()).as(failing.join().err()).isEqualTo(137);
        assertThat(failing.join().err()).contains("the run can be continued with --resume " + latest());
        assertThat(saved.toFile().list()).hasSize(2);
        assertThatPushesAndStepsAreTogether(latest(), 2_000);
        final long before = Checkpoint.describe(latest()).steps();

        // The segment of a run with a name stays.
        final CommandRun refused = run("1", "--name", "a", "--resume", "latest");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err())
                .contains("a segment of this name exists: a", "--leftover resume", "--leftover replace");
        final CommandRun resumed = run(
                Long.toString(before + 1_000),
                "--workers",
                "3",
                "--name",
                "a",
                "--resume",
                "latest",
                "--leftover",
                "replace");
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThatPushesAndStepsAreTogether(latest(), before + 1_000);
        final CommandRun gone =
                run(Long.toString(before + 2_000), "--workers", "1", "--name", "a", "--leftover", "resume");
        assertThat(gone.exitCode()).as(gone.err()).isZero();
        try (ShmArrays arrays = ShmArrays.attachReadOnly("a", settings)) {
            assertThat(arrays.read().get("w")[0])
                    .isEqualTo(arrays.runControl().globalStep())
                    .isGreaterThanOrEqualTo(before + 2_000);
        }
    }

    @Test
    void shouldWriteTheLastCheckpointWhenASignalEndsIt() throws Exception {
        final Path output = directory.resolve("output");
        final Process process = start(output, "--workers", "2", "--name", "a", "--checkpoint-every", "1h");
        try {
            awaitSteps("a", 1_000);
            process.toHandle().destroy(); // SIGTERM

            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isEqualTo(143);
        } finally {
            end(process);
        }
        assertThat(Files.readString(output)).contains("the run can be continued with --resume " + latest());
        assertThatPushesAndStepsAreTogether(latest(), 1_000);
    }

    /** With a checkpoint after each step, the launcher is mostly at work on one. */
    @Test
    void shouldContinueAfterTheLauncherWasKilledInACheckpoint() throws Exception {
        final Path output = directory.resolve("output");
        final Process process = start(output, "--workers", "2", "--name", "a", "--checkpoint-every", "1 steps");
        final List<ProcessHandle> workers;
        try {
            awaitSteps("a", 1_000);
            workers = process.descendants().toList();
            process.destroyForcibly();
        } finally {
            end(process);
        }
        for (final ProcessHandle worker : workers) {
            worker.onExit().get(1, TimeUnit.MINUTES);
        }
        assertThatPushesAndStepsAreTogether(latest(), 1);
        final long before = Checkpoint.describe(latest()).steps();

        final CommandRun resumed = run(
                Long.toString(before + 500),
                "--workers",
                "3",
                "--name",
                "a",
                "--resume",
                "latest",
                "--leftover",
                "replace");

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThatPushesAndStepsAreTogether(latest(), before + 500);
        assertThat(saved.toFile().list((parent, name) -> !name.endsWith(".npz") || name.startsWith(".")))
                .isEmpty();
    }

    @Test
    void shouldNotTakeALeftoverForARunsOwnSegment() {
        ShmArrays.create("a", SPECS, settings).close();

        final CommandRun run = run("1", "--workers", "1", "--name", "a");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("--leftover resume", "--leftover replace");
    }

    @ParameterizedTest
    @ValueSource(strings = {"resume", "replace"})
    void shouldNotTouchASegmentThatAProcessUses(final String leftover) {
        try (ShmArrays arrays = ShmArrays.create("a", SPECS, settings)) {
            arrays.write(Map.of("w", new float[] {7}));

            final CommandRun run = run("1", "--workers", "1", "--name", "a", "--leftover", leftover);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("not known to be left over", "live owners of slots: 1");
            assertThat(arrays.read().get("w")).containsExactly(7);
        }
    }

    @Test
    void shouldKeepWhatADamagedCheckpointWouldReplace() throws Exception {
        ShmArrays.create("a", SPECS, settings).close();
        final Path damaged = Files.writeString(directory.resolve("damaged.npz"), "no checkpoint");

        final CommandRun run = run("1", "--name", "a", "--resume", damaged.toString(), "--leftover", "replace");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("damaged.npz");
        assertThat(Doors.ROOT.of(settings).holds("a")).isTrue();
    }

    @Test
    void shouldSaveAProgramThatCountsNoStepsAndEndsAtOnce() {
        final CommandRun run = CommandRun.of(
                arguments(Once.class, "5", "--workers", "1", "--name", "a").toArray(String[]::new));

        assertThat(run.exitCode()).as(run.err()).isZero();
        try (ShmArrays arrays = Checkpoint.restore(latest(), "look", settings)) {
            assertThat(arrays.read().get("w")).containsExactly(5);
        }
    }

    @Test
    void shouldFailIfTheLastCheckpointCantBeWritten() {
        final CommandRun run = CommandRun.of(
                arguments(Once.class, saved.toString(), "--workers", "1", "--name", "a", "--checkpoint-every", "1h")
                        .toArray(String[]::new));

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.err()).contains("the last checkpoint could not be written", "there is no directory");
    }

    /** A process of another container may start the workers of this segment again, and can't be seen. */
    @Test
    void shouldNotContinueWithTheSegmentOfAnotherPidNamespace() throws Exception {
        final List<String> unshare = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--");
        assumeTrue(canRun(unshare), "unshare --pid needs rights that this user lacks here");
        final Path output = directory.resolve("output");
        final List<String> command = new ArrayList<>(unshare);
        command.addAll(command("--workers", "1", "--name", "a"));
        final Process process = start(output, command);
        try {
            awaitSteps("a", 10);
            assertThat(run("1", "--name", "a", "--leftover", "resume").exitCode())
                    .isEqualTo(1);
        } finally {
            end(process);
        }
        process.waitFor();
        while (Leftover.isInUse("a", settings)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10)); // until its workers have ended
        }

        for (final String choice : List.of("resume", "replace")) {
            final CommandRun run = run("1", "--workers", "1", "--name", "a", "--leftover", choice);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("not known to be left over", "another pid namespace", "checkpoint a FILE");
        }
    }

    private static boolean canRun(final List<String> wrapper) throws Exception {
        final List<String> command = new ArrayList<>(wrapper);
        command.add("true");
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (final IOException e) {
            return false; // there is no such program
        }
    }

    @Test
    void shouldNeedAName() {
        final CommandRun run = run("1", "--checkpoint-every", "5m");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("need --name");
    }

    private Process start(final Path output, final String... options) throws IOException {
        return start(output, command(options));
    }

    private static Process start(final Path output, final List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private List<String> command(final String... options) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of(
                "-Dshmarrays.directory=" + directory.resolve("root"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments(ENDLESS, options));
        return command;
    }

    private static void end(final Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private void awaitSteps(final String name, final long steps) {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(name, settings)) {
            while (arrays.runControl().globalStep() < steps) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    private void killRank(final String name, final int rank) {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(name, settings)) {
            Doors.STATUS.of(Doors.SEGMENT.of(arrays)).workers().stream()
                    .filter(worker -> worker.rank() == rank)
                    .forEach(worker -> ProcessHandle.of(worker.pid()).ifPresent(ProcessHandle::destroyForcibly));
        }
    }

    /** Adds 1 in each step, until all workers together have come to a number of steps. */
    static final class Adder {
        public static void main(final String... arguments) {
            final long target = Long.parseLong(arguments[0]);
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.createOrAttach(
                    worker, worker.segmentName(), SPECS, fresh -> {}, Settings.fromProperties())) {
                final Map<String, float[]> one = Map.of("w", new float[] {1});
                while (arrays.runControl().globalStep() < target && !worker.shouldStop()) {
                    arrays.update(one, Updates.add(), () -> worker.countStep(1, 0));
                    LockSupport.parkNanos(100_000);
                }
            }
        }
    }

    /**
     * Adds once, counts no step, and ends: a number is what it adds, and any other word a directory that it deletes.
     */
    static final class Once {
        public static void main(final String... arguments) throws IOException {
            final Worker worker = Worker.join();
            final boolean isNumber = arguments[0].matches("[0-9]+");
            try (ShmArrays arrays = ShmArrays.createOrAttach(
                    worker, worker.segmentName(), SPECS, fresh -> {}, Settings.fromProperties())) {
                arrays.update(Map.of("w", new float[] {isNumber ? Float.parseFloat(arguments[0]) : 1}), Updates.add());
            }
            if (!isNumber) {
                Files.delete(Path.of(arguments[0]));
            }
        }
    }
}
