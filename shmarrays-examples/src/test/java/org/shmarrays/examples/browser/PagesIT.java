package org.shmarrays.examples.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.mnist.MnistCommand;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;
import picocli.CommandLine;

/**
 * The page of {@code top --web} and the report of {@code mnist --report} in a real browser. With
 * {@code -Dpictures=DIR}, {@link PageAudit} keeps what they show as PNG files.
 */
@Timeout(600)
class PagesIT {
    private static final String HOSTILE = "<img src=x onerror=\"document.title='run'\">&amp;";
    private static final String FIGURE =
            "[...document.querySelectorAll('.figure')].find(f => f.textContent.endsWith('%s'))?.firstChild.textContent";
    /** Most points in a curve of a chart. */
    private static final String POINTS = "Math.max(0, ...[...document.querySelectorAll('#%s svg path')].map(path =>"
            + " (path.getAttribute('d').match(/[LC]/g) ?? []).length))";

    @TempDir
    private Path directory;

    private Path segments;
    private SegmentRoot root;
    private Chromium chromium;

    @BeforeEach
    void open() throws IOException {
        chromium = new Chromium(directory);
        segments = directory.resolve("segments");
        System.setProperty("shmarrays.directory", segments.toString());
        root = Doors.ROOT.of(Settings.fromProperties());
    }

    @AfterEach
    void close() {
        System.clearProperty("shmarrays.directory");
        if (chromium != null) {
            chromium.close();
        }
    }

    @Test
    void shouldShowTheNumbersOfTopAndNamesAsText() throws Exception {
        final ArraySpec spec = ArraySpec.of(HOSTILE, ElementType.FLOAT32, 8);
        try (ShmArrays arrays = ShmArrays.create("still", List.of(spec), Settings.fromProperties());
                TopPage top = new TopPage(directory, segments, "still");
                BrowserPage page = chromium.open(top.url())) {
            for (int i = 0; i < 1_234; i++) {
                arrays.add(Map.of(HOSTILE, new float[8]));
            }
            page.await(FIGURE.formatted("updates") + " === '1,234'");
            final JsonNode json = new ObjectMapper().readTree(TopPage.once(directory, segments, "still", "--json"));

            assertThat(page.evaluate("document.querySelector('#arrays td').textContent")
                            .asText())
                    .isEqualTo(HOSTILE)
                    .isEqualTo(json.get("arrays").get(0).get("name").asText());
            assertThat(page.evaluate("document.querySelectorAll('img').length").asInt())
                    .isZero();
            assertThat(page.evaluate("document.title").asText()).isEqualTo("still – shmarrays top");
            assertThat(page.evaluate("document.querySelectorAll('#arrays td')[3].textContent")
                            .asText())
                    .isEqualTo("%,d"
                            .formatted(json.get("arrays").get(0).get("updates").asLong()));
            assertThat(page.evaluate("document.querySelectorAll('#workers td')[1].textContent")
                            .asText())
                    .isEqualTo(json.get("workers").get(0).get("pid").asText());

            ShmArrays.remove("still");
            page.await("document.getElementById('state').className === 'state lost'");
            assertThat(page.errors()).isEmpty();

            assertThat(page.evaluate("document.getElementById('state').textContent")
                            .asText())
                    .isEqualTo("the segment was removed: name=still");
            assertThat(top.awaitExit()).isEqualTo(1);
            assertThat(top.output()).contains("shmarrays: the segment was removed: name=still");
        }
    }

    @Test
    void shouldShowATrainingInWhichAWorkerIsKilled() throws Exception {
        final Path report = directory.resolve("report.html");
        final Path json = directory.resolve("report.json");
        final CompletableFuture<Integer> training = CompletableFuture.supplyAsync(
                () -> new CommandLine(new MnistCommand())
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .execute(("--model mlp --mode locked --workers 2 --epochs 1000 --restarts 2 --name training"
                                        + " --report " + report + " --json " + json)
                                .split(" ")),
                task -> new Thread(task).start());
        Chromium.await("the segment", () -> root.holds("training") || training.isDone());
        final Segment segment = SegmentOpener.open(root, "training", false);
        final SegmentStatus status = Doors.STATUS.of(segment);
        final long killedPid;
        try (TopPage top = new TopPage(directory, segments, "training");
                BrowserPage page = chromium.open(top.url())) {
            Chromium.await("both train", () -> training.isDone() || steps(status, 0) > 100 && steps(status, 1) > 100);
            page.await("document.querySelectorAll('#workers tr').length === 3");
            page.await(POINTS.formatted("rates") + " > 5");

            final long stopped = worker(status, 1).pid();
            signal("STOP", stopped);
            page.await("document.getElementById('state').textContent === '1 live, 1 stopped'");
            assertThat(page.evaluate("[...document.querySelectorAll('#workers tr')]"
                                    + ".find(row => row.cells[1].textContent === '" + stopped + "')"
                                    + ".querySelector('.state.stopped').textContent")
                            .asText())
                    .isEqualTo("stopped");
            signal("CONT", stopped);

            final WorkerStatus killed = killHolder(status, training);
            killedPid = killed.pid();
            Chromium.await("a recovery", () -> status.snapshot().lock().recoveries() > 0);
            page.await("Number(" + FIGURE.formatted("recoveries") + ") > 0");
            final long recoveries = status.snapshot().lock().recoveries();
            assertThat(page.evaluate("[...document.querySelectorAll('#arrays tr')].map(row =>"
                                    + " Number(row.lastChild.textContent) || 0).reduce((a, b) => a + b)")
                            .asLong())
                    .isGreaterThanOrEqualTo(recoveries); // arrays that share a partition have it in common
            assertThat(TopPage.once(directory, segments, "training", "--interval", "0.3"))
                    .contains("recoveries " + recoveries);
            Chromium.await(
                    "it comes back",
                    () -> status.workers().stream()
                            .anyMatch(worker -> worker.rank() == killed.rank()
                                    && worker.pid() != killed.pid()
                                    && worker.clock() > 0
                                    && worker.state() == WorkerState.RUNNING));
            page.await(POINTS.formatted("loss") + " > 25");
            picturesAwaitSeconds(status);
            PageAudit.check(page, "top-web");
            assertThat(page.evaluate("document.getElementById('state').className")
                            .asText())
                    .isEqualTo("state running");

            Doors.RUN_CONTROL.of(segment).stop();
            page.await("document.getElementById('state').className === 'state ended'");
            assertThat(page.evaluate("document.getElementById('state').textContent")
                            .asText())
                    .isEqualTo("the run has ended, and its segment was removed: name=training");
        } finally {
            if (root.holds("training")) {
                Doors.RUN_CONTROL.of(segment).stop();
            }
        }
        assertThat(training.join()).isZero();

        final JsonNode result = new ObjectMapper().readTree(json.toFile());
        try (BrowserPage page = chromium.open(report.toUri().toString())) {
            page.await("document.readyState === 'complete'");
            final int intervals = page.evaluate("data.intervals.length").asInt();
            assertThat(intervals).isGreaterThan(2); // fewer than it took half seconds where the machine is busy
            for (final String chart : List.of("rates", "waiting", "contention")) {
                assertThat(page.evaluate(POINTS.formatted(chart)).asInt())
                        .as(chart)
                        .isGreaterThanOrEqualTo(intervals / 2); // of points at one pixel the renderer draws one
            }
            final int losses = page.evaluate("data.intervals.filter(i => i.loss !== null).length")
                    .asInt();
            assertThat(losses).isGreaterThan(2);
            assertThat(page.evaluate(POINTS.formatted("byTime")).asInt()).isGreaterThanOrEqualTo(losses / 2);
            assertThat(page.evaluate(POINTS.formatted("bySamples")).asInt()).isGreaterThanOrEqualTo(losses / 2);
            assertThat(texts(page, "byTime")).contains("loss", "test accuracy", "seconds");
            assertThat(texts(page, "waiting")).contains("dense1/W", "dense2/b");
            assertThat(texts(page, "recoveries")).contains("recoveries", "live workers");
            assertThat(page.evaluate("document.querySelectorAll('#staleness svg path').length")
                            .asInt())
                    .isGreaterThan(page.evaluate("data.staleness.length").asInt());
            assertThat(page.evaluate("document.getElementById('byTime').getAttribute('aria-label')")
                            .asText())
                    .contains("loss", "test accuracy");

            assertThat(page.evaluate("data.samples").asLong())
                    .isEqualTo(result.get("samples").asLong());
            assertThat(page.evaluate("data.accuracy.at(-1)[2]").asDouble())
                    .isEqualTo(result.get("lastAccuracy").asDouble());
            for (final JsonNode array : result.get("arrays")) {
                assertThat(page.evaluate("data.arrays.find(a => a.name === '"
                                        + array.get("array").asText() + "').acquisitions")
                                .asLong())
                        .isEqualTo(array.get("lockAcquisitions").asLong());
            }
            assertThat(page.evaluate("data.recoveries").asLong()).isPositive();
            final String victim = "worker 1 (process " + killedPid + ")";
            assertThat(page.evaluate("document.getElementById('events').textContent")
                            .asText())
                    .contains("was restarted; its earlier process was " + killedPid, "locks of dead workers recovered")
                    .containsAnyOf(victim + " is gone", " of " + victim);

            assertThat(page.evaluate("document.getElementById('state').textContent")
                            .asText())
                    .isEqualTo("all workers have ended");
            page.evaluate("document.getElementById('byTimeLog').click()");
            assertThat(page.evaluate("charts.get('byTime').instance.getOption().yAxis[0].type")
                            .asText())
                    .isEqualTo("log");
            assertThat(page.evaluate(POINTS.formatted("byTime")).asInt()).isGreaterThanOrEqualTo(losses / 2);

            final String light = page.evaluate("document.querySelector('#rates svg text').getAttribute('fill')")
                    .asText();
            page.prefers("dark");
            page.await("document.querySelector('#rates svg text').getAttribute('fill') !== '" + light + "'");
            PageAudit.check(page, "report");
        }
    }

    private static long steps(final SegmentStatus status, final int rank) {
        return status.workers().stream()
                .filter(worker -> worker.rank() == rank)
                .mapToLong(WorkerStatus::steps)
                .sum();
    }

    private static List<String> texts(final BrowserPage page, final String chart) {
        final List<String> texts = new ArrayList<>();
        page.evaluate("[...document.querySelectorAll('#" + chart + " svg text')].map(text => text.textContent)")
                .forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** Stops worker 1 again and again until it holds a lock, and kills it then. */
    private static WorkerStatus killHolder(final SegmentStatus status, final CompletableFuture<Integer> training)
            throws IOException, InterruptedException {
        while (true) {
            assertThat(training).isNotDone();
            final WorkerStatus victim = worker(status, 1);
            signal("STOP", victim.pid());
            Chromium.await("it stops", () -> worker(status, 1).state() != WorkerState.RUNNING);
            final boolean holds =
                    status.partitions().stream().anyMatch(partition -> partition.holder() == victim.slotId());
            signal(holds ? "KILL" : "CONT", victim.pid());
            if (holds) {
                return victim;
            }
            final long seen = victim.steps();
            Chromium.await("it goes on", () -> worker(status, 1).steps() > seen || training.isDone());
        }
    }

    private static WorkerStatus worker(final SegmentStatus status, final int rank) {
        return status.workers().stream()
                .filter(worker -> worker.rank() == rank)
                .findFirst()
                .orElseThrow();
    }

    private static void signal(final String name, final long pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }

    /** For a picture the training goes on for a while. */
    private static void picturesAwaitSeconds(final SegmentStatus status) {
        if (System.getProperty("pictures") != null) {
            final long samples = status.snapshot().counters().samples();
            Chromium.await(
                    "another two passes", () -> status.snapshot().counters().samples() > samples + 240_000);
        }
    }
}
