package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.testing.Await;

/** However the launcher ends, no worker stays behind. */
@Tag("shared")
class LauncherDeathIT {
    private final List<Long> workers = new ArrayList<>();
    private Process launcher;

    @TempDir
    private Path directory;

    @AfterEach
    void killWhatATestLeft() {
        if (launcher != null) {
            launcher.destroyForcibly();
        }
        workers.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    }

    @Test
    void shouldEndWorkersWhenLauncherIsTerminated() throws Exception {
        start("hang");

        signal("TERM");

        assertThat(launcher.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(launcher.exitValue()).isEqualTo(143);
        // The launcher itself waits for them, so not even a moment may pass.
        assertThat(workers).noneMatch(Await::isRunning);
    }

    @Test
    void shouldEndWorkersWhenLauncherIsInterrupted() throws Exception {
        assumeInterruptible();
        start("hang");

        signal("INT");

        assertThat(launcher.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(launcher.exitValue()).isEqualTo(130);
        assertThat(workers).noneMatch(Await::isRunning);
    }

    @Test
    void shouldEndWorkersWhenATerminalInterruptsThemAll() throws Exception {
        assumeInterruptible();
        start("hang");

        signal("INT", workers.get(0), workers.get(1));

        assertThat(launcher.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(launcher.exitValue()).isEqualTo(130);
        assertThat(workers).noneMatch(Await::isRunning);
    }

    @Test
    void shouldKillStubbornWorkersWhenLauncherIsTerminated() throws Exception {
        start("hang-on-term");

        signal("TERM");

        assertThat(launcher.waitFor(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(workers).noneMatch(Await::isRunning);
    }

    @Test
    void shouldEndWorkersWhenLauncherIsKilled() throws Exception {
        start("hang");

        signal("KILL");

        workers.forEach(Await::processEnd);
    }

    @Test
    void shouldEndWorkersThatHangInNativeCodeWhenLauncherIsKilled() throws Exception {
        final Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        start("hang-in-native", fifo.toString());

        signal("KILL");

        workers.forEach(Await::processEnd);
    }

    /** Starts a launcher with two workers and waits until both run. */
    private void start(final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SampleLauncher.class.getName()));
        command.addAll(List.of(arguments));
        launcher = new ProcessBuilder(command).redirectErrorStream(true).start();
        final BufferedReader output =
                new BufferedReader(new InputStreamReader(launcher.getInputStream(), StandardCharsets.UTF_8));
        final List<String> lines = new ArrayList<>();
        while (workers.size() < 2) {
            final String line = readLine(output);
            assertThat(line).as("the launcher ended; its output: %s", lines).isNotNull();
            lines.add(line);
            final int at = line.indexOf("running ");
            if (at >= 0) {
                workers.add(Long.valueOf(line.substring(at + "running ".length())));
            }
        }
        assertThat(workers).allMatch(Await::isRunning);
    }

    private static String readLine(final BufferedReader output) {
        try {
            return output.readLine();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a signal to the launcher and to others at the same time. */
    private void signal(final String name, final Long... others) throws Exception {
        final List<String> command = new ArrayList<>(List.of("kill", "-" + name, Long.toString(launcher.pid())));
        Stream.of(others).map(String::valueOf).forEach(command::add);
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    }

    /**
     * A shell without job control starts its background jobs with SIGINT ignored, and so they and their children stay.
     */
    private static void assumeInterruptible() throws IOException {
        final long interrupt = 1 << (2 - 1);
        final long ignored;
        try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
            ignored = status.filter(line -> line.startsWith("SigIgn:"))
                    .mapToLong(line -> Long.parseUnsignedLong(
                            line.substring("SigIgn:".length()).strip(), 16))
                    .findFirst()
                    .orElseThrow();
        }
        assumeTrue((ignored & interrupt) == 0, "this JVM was started with SIGINT ignored");
    }
}
