package org.shmarrays.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.testing.Jvm;
import org.shmarrays.worker.Worker;

/** A watcher of a run, and the page that it makes; that a browser draws it is tested where there is a training. */
class RunPageTest {
    private static final String NAME = "</script>/*charts*/<b>";

    @TempDir
    private Path directory;

    private ShmArrays create() {
        return ShmArrays.create(
                "r",
                List.of(ArraySpec.of(NAME, ElementType.FLOAT32, 4)),
                Settings.fromProperties().withDirectory(directory));
    }

    @Test
    void shouldNeedNothingFromElsewhereAndTakeNamesAsText() throws Exception {
        try (ShmArrays arrays = create()) {
            final RunWatcher watcher = watcher(arrays);
            arrays.add(Map.of(NAME, new float[4]));
            watcher.look();
            watcher.close();
            final Path file = directory.resolve("r.html");

            new RunPage("<i>title</i>", watcher)
                    .settings(Map.of("rate", "0.5"))
                    .accuracy(0.5, 64, 0.25)
                    .write(file);

            final String html = Files.readString(file);
            assertThat(html)
                    .contains("<title>&lt;i&gt;title&lt;/i&gt;</title>")
                    .contains("\\u003c/script\\u003e/*charts*/\\u003cb\\u003e")
                    .contains("\"settings\": {\"rate\": \"0.5\"}", "\"accuracy\": [[0.5, 64, 0.25]]")
                    .contains(
                            "\"updates\": 1,",
                            "\"isLocked\": true, \"partitions\": 1, \"updates\": 1, \"acquisitions\": 1,")
                    .contains("echarts")
                    .doesNotContain("<script src", "<link rel=\"stylesheet\"", "@import", "/*data*/", "/*script*/");
            // The tags that the template has, and no other.
            assertThat(html.split("</script>", -1)).hasSize(4);
        }
    }

    private static RunWatcher watcher(final ShmArrays arrays) {
        final SegmentStatus status = new SegmentStatus(arrays.segment());
        return new RunWatcher(status::snapshot, Duration.ofMillis(10));
    }

    @Test
    void shouldTellOfAWorkerThatIsKilledAndComesBack() {
        try (ShmArrays arrays = create();
                RunWatcher watcher = watcher(arrays)) {
            final long firstPid;
            try (Jvm worker = Jvm.startWorker(1, 2, Waiting.class, directory)) {
                worker.awaitLine("there");
                watcher.look();
                firstPid = worker.pid();
                worker.kill();
            }
            watcher.look();
            watcher.look();
            try (Jvm worker = Jvm.startWorker(1, 2, Waiting.class, directory)) {
                worker.awaitLine("there");
                watcher.look();

                assertThat(watcher.events())
                        .extracting(RunEvent::text)
                        .containsExactly(
                                "worker 1 (process " + firstPid
                                        + ") is gone: its process ended without closing, killed perhaps",
                                "worker 1 (process " + worker.pid() + ") was started again; before: process "
                                        + firstPid);
            }
            assertThat(watcher.moments())
                    .extracting(RunHistory.Moment::liveWorkers)
                    .containsExactly(0, 1, 0, 0, 1);
        }
    }

    @Test
    void shouldLookByItselfUntilItIsClosed() {
        try (ShmArrays arrays = create()) {
            final RunWatcher watcher = watcher(arrays).start();
            org.shmarrays.testing.Await.until("looks", () -> watcher.moments().size() > 3);
            arrays.add(Map.of(NAME, new float[4]));
            watcher.close();
            watcher.close();

            assertThat(watcher.last().counters().updates()).isEqualTo(1);
            assertThat(watcher.first().counters().updates()).isZero();
        }
    }

    @Test
    void shouldLookALastTimeWhereItIsClosedAtOnce() {
        try (ShmArrays arrays = create()) {
            for (int i = 1; i <= 20; i++) { // the thread may be the slower one at any of them
                final SegmentStatus status = new SegmentStatus(arrays.segment());
                final RunWatcher watcher = new RunWatcher(status::snapshot, Duration.ofHours(1)).start();
                arrays.add(Map.of(NAME, new float[4]));
                watcher.close();

                assertThat(watcher.last().counters().updates()).isEqualTo(i);
            }
        }
    }

    static final class Waiting {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach(Worker.join(), "r", Settings.fromProperties())) {
                System.out.println("there " + arrays.name());
                org.shmarrays.testing.Await.until("being killed", () -> false);
            }
        }
    }
}
