package org.shmarrays.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.testing.Await;

@Tag("shared")
class LauncherIT {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    @Test
    void shouldTellEachWorkerWhoItIs() throws InterruptedException {
        final GroupResult result = run(sample("show")
                .workers(2)
                .segmentName("mnist")
                .threadsPerWorker(3)
                .devices(List.of("4", "5"))
                .environment("EXTRA", "yes")
                .heap("64m"));

        assertThat(result.isSuccess()).isTrue();
        assertThat(result.exitCodes()).containsExactly(0, 0);
        for (int rank = 0; rank < 2; rank++) {
            final String environment = "environment WorkerEnvironment\\[rank=" + rank
                    + ", worldSize=2, segmentName=mnist, runId=[1-9]\\d*, launched=true, restart=0, late=false]";
            assertThat(lines(out, rank))
                    .anyMatch(line -> line.matches(environment))
                    .contains(
                            "OMP_NUM_THREADS=3",
                            "CUDA_VISIBLE_DEVICES=" + (4 + rank),
                            "EXTRA=yes",
                            "maxphysicalbytes=0");
            assertThat(lines(err, rank)).contains("on stderr");
        }
        assertThat(err.toString(UTF_8)).doesNotContain("[launcher]");
    }

    @Test
    void shouldSayThatDevicesAreShared() throws InterruptedException {
        run(sample("show").workers(2).devices(List.of("4")));

        assertThat(err.toString(UTF_8))
                .contains("[launcher] 2 workers and 1 devices: the devices are assigned in turn\n");
        assertThat(lines(out, 1)).contains("CUDA_VISIBLE_DEVICES=4");
    }

    @Test
    void shouldWriteEveryLineWholeBehindItsRank() throws InterruptedException {
        final int lineCount = 2_000;

        run(sample("chatter", Integer.toString(lineCount)).workers(2));

        for (int rank = 0; rank < 2; rank++) {
            assertThat(lines(out, rank)).isEqualTo(numbered("worker-" + rank + "-line-", lineCount));
            assertThat(lines(err, rank)).isEqualTo(numbered("error-" + rank + "-line-", lineCount));
        }
        assertThat(out.toString(UTF_8).lines()).hasSize(2 * lineCount);
    }

    @Test
    void shouldStopTheOthersWhenOneFails() throws InterruptedException {
        final WorkerGroup group =
                sample("fail", directory.toString()).workers(3).launch();

        final GroupResult result = group.await(Await.DEADLINE).orElseThrow();

        assertThat(result.firstFailedRank()).hasValue(1);
        assertThat(result.exitCode()).isEqualTo(SampleWorker.FAILURE_EXIT_CODE);
        assertThat(result.exitCodes()).containsExactly(143, 7, 143);
        assertThat(result.lastLines().get(1)).contains("about to fail").anyMatch(line -> line.contains("worker fails"));
        assertThat(group.pids()).hasSize(3).noneMatch(Await::isRunning);
    }

    @Test
    void shouldLogEachProcessAndEachEvent() throws IOException, InterruptedException {
        final Path failing = Files.createDirectory(directory.resolve("failing"));
        final Launcher launcher = sample("fail", failing.toString())
                .workers(2)
                .segmentName("mnist")
                .redirectTo(directory.resolve("logs"));
        final GroupResult result;
        final Path logs;
        try (WorkerGroup group = launcher.launch()) {
            result = group.await(Await.DEADLINE).orElseThrow();
            logs = group.logDirectory().orElseThrow();
        }

        assertThat(out.toString(UTF_8) + err.toString(UTF_8)).isEmpty();
        assertThat(result.failures()).hasSize(1);
        final GroupResult.Failure failure = result.failures().get(0);
        assertThat(failure.error()).isEqualTo("java.lang.IllegalStateException: worker fails");
        assertThat(failure.cause()).isEqualTo("worker 1 (pid " + failure.pid() + ") failed with exit code 7");
        assertThat(failure.logFile()).hasValue(logs.resolve("rank-1.attempt-0.log"));
        assertThat(failure.logFile().get())
                .content()
                .contains("Z out about to fail\n", "Z err java.lang.IllegalStateException: worker fails\n");
        assertThat(logs.resolve("rank-0.attempt-0.log")).content().contains(" out running ", " out ends\n");
        final List<String> events = Files.readAllLines(logs.resolve("events.jsonl")).stream()
                .map(line -> line.substring(line.indexOf("\"event\"")))
                .toList();
        assertThat(events.get(0))
                .matches("\"event\": \"launched\", \"segment\": \"mnist\", \"run\": \"\\d+\", \"workers\": 2,"
                        + " \"command\": \\[.*\\]}");
        assertThat(events.get(1))
                .matches("\"event\": \"started\", \"rank\": 0, \"attempt\": 0, \"pid\": \\d+,"
                        + " \"log\": \"rank-0.attempt-0.log\"}");
        assertThat(events.subList(3, 6))
                .containsExactly(
                        "\"event\": \"exited\", \"rank\": 1, \"attempt\": 0, \"pid\": " + failure.pid()
                                + ", \"exitCode\": 7, \"signal\": null}",
                        "\"event\": \"stopped\", \"reason\": \"worker 1 failed\"}",
                        "\"event\": \"exited\", \"rank\": 0, \"attempt\": 0, \"pid\": "
                                + pidOf(events.get(1))
                                + ", \"exitCode\": 143, \"signal\": \"SIGTERM\"}");
        assertThat(events.get(6))
                .isEqualTo("\"event\": \"ended\", \"exitCode\": 7,"
                        + " \"failure\": \"worker 1 of 2 failed with exit code 7\"}");
        assertThat(events).hasSize(7);
    }

    private static String pidOf(final String event) {
        return event.replaceAll(".*\"pid\": (\\d+).*", "$1");
    }

    @Test
    void shouldFailWhenItCannotFollowAWorker() throws InterruptedException {
        final Launcher launcher = Launcher.ofMainClass(SampleWorker.class.getName(), "fail", directory.toString())
                .workers(3)
                .restarts(1)
                .grace(Await.DEADLINE)
                .output(new PrintStream(out, true, UTF_8), new BrokenStream());

        final GroupResult result = run(launcher);

        assertThat(result.isSuccess()).isFalse();
        assertThat(result.firstFailedRank()).hasValue(1);
        assertThat(result.exitCodes()).containsExactly(143, 1, 143);
    }

    @Test
    void shouldReadOnWhenTheOutputCannotBeWritten() throws InterruptedException {
        final int lineCount = 20_000; // more than a pipe holds
        final Launcher launcher = Launcher.ofMainClass(
                        SampleWorker.class.getName(), "chatter", Integer.toString(lineCount))
                .workers(1)
                .output(new BrokenStream(), new BrokenStream());

        assertThat(run(launcher).exitCodes()).containsExactly(0);
    }

    /** Throws whenever something is written. */
    private static final class BrokenStream extends PrintStream {
        BrokenStream() {
            super(OutputStream.nullOutputStream(), true, UTF_8);
        }

        @Override
        public void println(final String line) {
            throw new IllegalStateException("broken");
        }

        @Override
        public void write(final byte[] bytes, final int offset, final int length) {
            throw new IllegalStateException("broken");
        }
    }

    @Test
    void shouldReportTheSignalThatEndedAWorker() throws InterruptedException {
        final WorkerGroup group = sample("hang").workers(2).launch();
        awaitOutput("[1] running");

        ProcessHandle.of(group.pids().get(1)).orElseThrow().destroyForcibly();

        final GroupResult result = group.await(Await.DEADLINE).orElseThrow();
        assertThat(result.failure()).isEqualTo("worker 1 of 2 was ended by SIGKILL (exit code 137)");
    }

    @Test
    void shouldStopOnRequest() throws InterruptedException {
        final WorkerGroup group = sample("hang").workers(2).launch();
        awaitOutput("[0] running");
        awaitOutput("[1] running");
        assertThat(group.await(Duration.ZERO)).isEmpty();

        final GroupResult result = group.stop();

        assertThat(result.isSuccess()).isTrue();
        assertThat(result.exitCodes()).containsExactly(143, 143);
        assertThat(out.toString(UTF_8)).as("output after SIGTERM").contains("[0] ends", "[1] ends");
        assertThat(group.stop()).isEqualTo(result);
    }

    @Test
    void shouldKillAWorkerThatDoesNotStop() {
        final WorkerGroup group =
                sample("hang-on-term").workers(1).grace(Duration.ofMillis(300)).launch();
        awaitOutput("[0] running");

        final GroupResult result = group.stop();

        assertThat(result.exitCodes()).containsExactly(137);
        assertThat(err.toString(UTF_8)).contains("did not end within 300 ms of SIGTERM and was killed");
    }

    @Test
    void shouldRunTheMainClassOfAJar() throws IOException, InterruptedException {
        final Path jar = directory.resolve("an app.jar");
        final Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, SampleWorker.class.getName());
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPathAsUris());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file, manifest)) {
            entries.finish();
        }

        final GroupResult result =
                run(to(Launcher.ofJar(jar, "show")).workers(1).segmentName("mnist"));

        assertThat(result.exitCodes()).containsExactly(0);
        assertThat(out.toString(UTF_8)).contains("segmentName=mnist");
    }

    @Test
    void shouldReportAJvmThatDoesNotStart() throws InterruptedException {
        final GroupResult result = run(sample("show").workers(1).jvmArgument("-XX:NoSuchOption"));

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.lastLines().get(0)).anyMatch(line -> line.contains("NoSuchOption"));
    }

    private Launcher sample(final String... arguments) {
        return to(Launcher.ofMainClass(SampleWorker.class.getName(), arguments));
    }

    /** Workers end by SIGTERM then, however slow the machine is. */
    private Launcher to(final Launcher launcher) {
        return launcher.grace(Await.DEADLINE)
                .output(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }

    private static GroupResult run(final Launcher launcher) throws InterruptedException {
        try (WorkerGroup group = launcher.launch()) {
            return group.await(Await.DEADLINE).orElseThrow();
        }
    }

    private void awaitOutput(final String text) {
        Await.until("output of " + text, () -> out.toString(UTF_8).contains(text));
    }

    private static List<String> lines(final ByteArrayOutputStream stream, final int rank) {
        final String prefix = "[" + rank + "] ";
        return stream.toString(UTF_8)
                .lines()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()))
                .toList();
    }

    private static List<String> numbered(final String text, final int count) {
        return IntStream.range(0, count).mapToObj(i -> text + i).toList();
    }

    private static String classPathAsUris() {
        return String.join(
                " ",
                List.of(System.getProperty("java.class.path").split(":")).stream()
                        .map(entry -> Path.of(entry).toUri().toString())
                        .toList());
    }
}
