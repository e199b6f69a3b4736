package org.shmarrays.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.json.JsonReader;

class RunLogTest {
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

    @TempDir
    private Path parent;

    private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(terminal, true, UTF_8);

    @Test
    void shouldPutTheTimeBeforeEachLineOfBothStreams() throws IOException {
        final RunLog log = RunLog.create(parent, "mnist", stream);
        final WorkerLog worker = log.worker(1, 2);
        final String longest = "x".repeat(LinePrefixer.MAX_LINE_BYTES);

        copy(log, true, "out", worker, "loss 0.5\n" + longest + "yz\n");
        copy(log, true, "err", worker, "oops");

        assertThat(worker.file()).hasFileName("rank-1.attempt-2.log");
        final List<String> lines = Files.readAllLines(worker.file());
        assertThat(lines).hasSize(4).allMatch(line -> line.matches(TIME + " .*"));
        final int timeLength = "2026-12-02T11:45:13.402Z".length();
        assertThat(lines.stream().map(line -> line.substring(timeLength)))
                .containsExactly(" out loss 0.5", " out " + longest, " out+yz", " err oops");
        assertThat(terminal.toString(UTF_8)).as("redirected").isEmpty();
    }

    @Test
    void shouldShowTheOutputToo() throws IOException {
        final RunLog log = RunLog.create(parent, "mnist", stream);

        copy(log, false, "out", log.worker(0, 0), "loss 0.5\n");

        assertThat(terminal.toString(UTF_8)).isEqualTo("[1] loss 0.5\n");
    }

    @Test
    void shouldWriteEventsAsLinesOfJson() throws IOException {
        final RunLog log = RunLog.create(parent, "mnist", stream);

        log.event(LogEvent.of("exited")
                .with("rank", 3)
                .with("attempt", 0)
                .with("pid", 4711L)
                .with("exitCode", 1));
        log.close();
        log.event(LogEvent.of("late"));

        final List<String> lines = Files.readAllLines(log.directory().resolve("events.jsonl"));
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0))
                .as("the fields keep their order")
                .matches("\\{\"time\": \"" + TIME + "\", \"event\": \"exited\", \"rank\": 3, \"attempt\": 0,"
                        + " \"pid\": 4711, \"exitCode\": 1}");
        assertThat(JsonReader.read(lines.get(0)))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                .containsEntry("event", "exited")
                .containsEntry("rank", 3L)
                .hasEntrySatisfying("time", time -> assertThat(time.toString()).matches(TIME));
        assertThat(terminal.toString(UTF_8)).isEmpty();
    }

    @Test
    void shouldWriteWhileTheThreadIsInterrupted() throws IOException {
        final RunLog log = RunLog.create(parent, "mnist", stream);
        Thread.currentThread().interrupt();
        try {
            log.event(LogEvent.of("stopped"));
            copy(log, true, "out", log.worker(0, 0), "loss 0.5\n");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        log.event(LogEvent.of("ended"));

        assertThat(log.hasFailed()).as(terminal.toString(UTF_8)).isFalse();
        assertThat(Files.readAllLines(log.directory().resolve("events.jsonl"))).hasSize(2);
    }

    @Test
    void shouldGiveEachRunADirectoryOfItsOwn() {
        final Path first = RunLog.create(parent.resolve("a/b"), "mnist", stream).directory();
        final Path second =
                RunLog.create(parent.resolve("a/b"), "mnist", stream).directory();

        assertThat(first).isDirectory().isNotEqualTo(second).hasParent(parent.resolve("a/b"));
        assertThat(second).isDirectory();
        assertThat(first.getFileName().toString()).matches("mnist-\\d{8}T\\d{6}Z");
    }

    @Test
    void shouldShowTheOutputWhenTheLogCannotBeWritten() throws IOException {
        final RunLog log = RunLog.create(parent, "mnist", stream);
        Files.createDirectory(log.directory().resolve("rank-0.attempt-0.log"));

        copy(log, true, "out", log.worker(0, 0), "loss 0.5\n");
        log.worker(0, 0);

        assertThat(log.hasFailed()).isTrue();
        assertThat(terminal.toString(UTF_8).lines())
                .hasSize(2)
                .first()
                .asString()
                .startsWith("[launcher] the log can't be written, and is incomplete from here on: file=");
        assertThat(terminal.toString(UTF_8)).endsWith("[1] loss 0.5\n");
    }

    @Test
    void shouldRefuseADirectoryThatIsNone() throws IOException {
        final Path file = Files.createFile(parent.resolve("file"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunLog.check(file.resolve("logs")))
                .withMessage("the log directory is not a directory: path=" + file);
        RunLog.check(parent.resolve("a/b/c"));
        assertThat(parent.resolve("a")).doesNotExist();
    }

    private void copy(
            final RunLog log, final boolean isRedirected, final String name, final WorkerLog worker, final String text)
            throws IOException {
        new LinePrefixer(
                        1,
                        new WorkerOutput(stream, stream, false, log, isRedirected),
                        stream,
                        new StreamRecord(name, new LastLines(), new LastError(), worker))
                .copy(new ByteArrayInputStream(text.getBytes(UTF_8)));
    }
}
