package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.json.JsonReader;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;
import picocli.CommandLine;

@Timeout(120)
class EventsCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final ExecutorService followers = Executors.newCachedThreadPool();

    @TempDir
    private Path directory;

    private ShmArrays arrays;

    @BeforeEach
    void create() {
        System.setProperty("shmarrays.directory", directory.toString());
        arrays = ShmArrays.createOrAttach(
                Worker.of(0, 1, 9), "e", List.of(ArraySpec.of("w", FLOAT32, 4)), fresh -> {}, settings());
    }

    @AfterEach
    void close() {
        arrays.close();
        System.clearProperty("shmarrays.directory");
        followers.shutdownNow();
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory);
    }

    private static String self() {
        return "(process " + ProcessHandle.current().pid() + ")";
    }

    @Test
    void shouldPrintALineForEachEvent() {
        arrays.runControl().learningRate(0.5);
        arrays.runControl().measured("test accuracy", 0.75);
        arrays.runControl().note("a remark with \u202e and \n in it");

        final CommandRun run = CommandRun.of("events", "e");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}  .*"))
                .extracting(line -> line.substring(25))
                .containsExactly(
                        "created             the segment was created: 128 bytes, 128 slots",
                        "joined              worker 0 " + self() + " joined a run of 1 worker",
                        "set                 the learning rate was set to 0.5 for all workers",
                        "measured            test accuracy: 0.75 after 0 steps",
                        "note                a remark with \\u202e and \\u000a in it");
    }

    @Test
    void shouldPrintJson() {
        arrays.runControl().measured("test accuracy", 0.75);

        final List<Map<?, ?>> lines = CommandRun.of("events", "e", "--json")
                .out()
                .lines()
                .<Map<?, ?>>map(line -> (Map<?, ?>) JsonReader.read(line))
                .toList();

        assertThat(lines)
                .extracting(line -> (Object) line.get("kind"))
                .containsExactly("created", "joined", "measured");
        assertThat(lines.get(0).containsKey("rank")).isFalse();
        final Map<?, ?> measured = lines.get(2);
        assertThat(List.of(
                        measured.get("number"),
                        measured.get("rank"),
                        measured.get("run"),
                        measured.get("process"),
                        measured.get("value"),
                        measured.get("text")))
                .isEqualTo(List.of(2L, 0L, "9", ProcessHandle.current().pid(), 0.75, "test accuracy"));
        assertThat(List.of(lines.get(1).get("value"), lines.get(1).get("secondValue")))
                .as("counts are printed as integers")
                .isEqualTo(List.of(1L, 0L));
        assertThat((String) measured.get("time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    @Test
    void shouldLeaveOutEarlierEvents() {
        assertThat(CommandRun.of("events", "e", "--since", "1h").out().lines()).hasSize(2);
        assertThat(CommandRun.of("events", "e", "--since", "2000-01-02T03:04")
                        .out()
                        .lines())
                .hasSize(2);
        assertThat(CommandRun.of("events", "e", "--since", "9999-01-01T00:00:00Z")
                        .out())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"yesterday", "5y", "2026-13-01T00:00"})
    void shouldRefuseWhatIsNoTime(final String since) {
        final CommandRun run = CommandRun.of("events", "e", "--since", since);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--since", since);
    }

    @Test
    void shouldSayWhatIsMissing() {
        for (int i = 0; i < EventRing.CAPACITY; i++) {
            arrays.runControl().note("n");
        }
        final EventRing ring = Doors.SEGMENT.of(arrays).events();
        final byte[] image = new byte[EventDescriptor.LENGTH];
        ring.copy(500, image);
        image[70] = 'x';
        ring.content(500, image);

        final CommandRun run = CommandRun.of("events", "e");

        assertThat(run.out().lines()).hasSize(EventRing.CAPACITY - 1);
        assertThat(run.err()).contains("no longer kept: 2, segment=e", "writers that died: 1, segment=e");
    }

    @Test
    void shouldFollowUntilTheRunHasEnded() throws Exception {
        final CompletableFuture<Integer> follower = follow();
        arrays.runControl().note("seen");
        arrays.runControl().stop();
        arrays.close();

        assertThat(follower.get(60, TimeUnit.SECONDS)).isZero();
        assertThat(out.toString())
                .contains("note                seen", "the run was asked to stop")
                .containsOnlyOnce("left at step 0");
    }

    @Test
    void shouldFollowUntilTheSegmentIsRemoved() throws Exception {
        final CompletableFuture<Integer> follower = follow();
        ShmArrays.remove("e", settings());

        assertThat(follower.get(60, TimeUnit.SECONDS)).isOne();
        assertThat(err.toString()).contains("the segment was removed: name=e");
    }

    /** Starts to follow, and waits until it has printed what is there. */
    private CompletableFuture<Integer> follow() {
        final CommandLine commandLine = Main.commandLine("events");
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        final CompletableFuture<Integer> follower =
                CompletableFuture.supplyAsync(() -> commandLine.execute("events", "e", "--follow"), followers);
        while (!out.toString().contains("joined") && !follower.isDone()) {
            LockSupport.parkNanos(1_000_000);
        }
        return follower;
    }
}
