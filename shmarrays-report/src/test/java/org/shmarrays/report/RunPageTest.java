package org.shmarrays.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.WorkerState;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.StatusSnapshot;
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
                    .contains("\"workers\": []", "echarts")
                    .doesNotContain(
                            "<script src",
                            "<link rel=\"stylesheet\"",
                            "@import",
                            "/*data*/",
                            "/*shared*/",
                            "/*script*/");
            // The tags that the template has, and no other.
            assertThat(html.split("</script>", -1)).hasSize(4);
        }
    }

    private static RunWatcher watcher(final ShmArrays arrays) {
        final SegmentStatus status = arrays.status();
        return new RunWatcher(status, Duration.ofMillis(10));
    }

    @Test
    void shouldTellOfAWorkerThatIsKilledAndComesBack() throws Exception {
        try (ShmArrays arrays = create();
                RunWatcher watcher = watcher(arrays)) {
            final long firstPid;
            try (WaitingWorker worker = WaitingWorker.start(directory, "r")) {
                watcher.look();
                firstPid = worker.pid();
            }
            watcher.look();
            assertThat(new RunPage("killed", watcher).html())
                    .contains("\"workers\": [{\"rank\": 1, \"pid\": " + firstPid
                            + ", \"state\": \"gone\", \"clock\": 0}]");
            watcher.look();
            try (WaitingWorker worker = WaitingWorker.start(directory, "r")) {
                watcher.look();

                assertThat(watcher.events())
                        .extracting(RunEvent::text)
                        .containsExactly(
                                "worker 1 (process " + firstPid + ") joined a run of 2 workers",
                                "worker 1 (process " + firstPid
                                        + ") is gone: its process ended without closing its handle,"
                                        + " perhaps it was killed",
                                "worker 1 (process " + worker.pid() + ") joined a run of 2 workers",
                                "worker 1 (process " + worker.pid() + ") was restarted; its earlier process was "
                                        + firstPid);
            }
            assertThat(watcher.moments())
                    .extracting(RunHistory.Moment::liveWorkers)
                    .containsExactly(0, 1, 0, 0, 1);
        }
    }

    @Test
    void shouldTellOfAWorkerThatIsStoppedAndGoesOn() throws Exception {
        try (ShmArrays arrays = create();
                WaitingWorker worker = WaitingWorker.start(directory, "r")) {
            final SegmentStatus status = arrays.status();
            final RunWatcher watcher = watcher(arrays);
            worker.signal("STOP");
            Await.until("it stops", () -> status.workers().get(1).state() == WorkerState.STOPPED);
            watcher.look();
            assertThat(status.snapshot().liveWorkers()).isZero();
            assertThat(status.snapshot().workersIn(WorkerState.STOPPED)).isEqualTo(1);
            worker.signal("CONT");
            Await.until("it goes on", () -> status.workers().get(1).state() == WorkerState.RUNNING);
            watcher.look();

            final String who = "worker 1 (process " + worker.pid() + ")";
            assertThat(watcher.events())
                    .extracting(RunEvent::text)
                    .containsExactly(who + " was stopped by a signal or a debugger", who + " goes on");
            assertThat(watcher.moments())
                    .extracting(RunHistory.Moment::liveWorkers)
                    .containsExactly(1, 0, 1);
        }
    }

    @Test
    void shouldShowTheEpochOfATraining() {
        try (ShmArrays arrays = create()) {
            final RunWatcher watcher = watcher(arrays);
            assertThat(new RunPage("t", watcher).html()).contains("\"epoch\": null,");

            arrays.runControl().startAt(0, 6);
            arrays.runControl().endPass(1);
            watcher.look();

            assertThat(new RunPage("t", watcher).html()).contains("\"epoch\": 7,");
        }
    }

    @Test
    void shouldTellWhatIsChangedInRunControl() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays arrays = create();
                ShmArrays own =
                        ShmArrays.attach(worker, "r", Settings.fromProperties().withDirectory(directory))) {
            worker.reportLearningRate(0.1);
            final RunWatcher watcher = watcher(arrays);
            arrays.runControl().learningRate(0.01);
            watcher.look();
            worker.reportLearningRate(own.runControl().learningRateOr(0.1));
            watcher.look();
            arrays.runControl().learningRate(0);
            watcher.look();
            worker.reportLearningRate(0.05); // its own, by a schedule
            watcher.look();
            arrays.runControl().stop();
            watcher.look();
            arrays.runControl().resume();
            watcher.look();
            watcher.look();

            assertThat(watcher.events())
                    .extracting(RunEvent::text)
                    .filteredOn(text -> !text.contains("joined"))
                    .containsExactly(
                            "the learning rate was set to 0.01 for all workers",
                            "the learning rate for all workers was removed: each worker uses its own again",
                            "the workers' learning rate is 0.05 instead of 0.01",
                            "the run was asked to stop",
                            "the run is no longer asked to stop");
            assertThat(watcher.events()).noneMatch(RunEvent::isBad);
            assertThat(watcher.learningRate()).isEqualTo(0.05);
        }
    }

    @Test
    void shouldKeepFirstAndLastEventsInBoundedMemory() {
        try (ShmArrays arrays = create()) {
            final RunWatcher watcher = watcher(arrays);
            for (int i = 1; i <= 250; i++) {
                arrays.runControl().learningRate(i);
                watcher.look();
            }

            final List<RunEvent> events = watcher.events();
            assertThat(events).hasSize(201);
            assertThat(events.get(0).text()).contains("set to 1.0 for");
            assertThat(events.get(99).text()).contains("set to 100.0 for");
            assertThat(events.get(100).text()).isEqualTo("events omitted up to here: 50");
            assertThat(events.get(101).text()).contains("set to 151.0 for");
            assertThat(events.get(200).text()).contains("set to 250.0 for");
        }
    }

    @Test
    void shouldCountTheRunAndNothingFromBeforeIt() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays arrays = create();
                ShmArrays own =
                        ShmArrays.attach(worker, "r", Settings.fromProperties().withDirectory(directory))) {
            own.add(Map.of(NAME, new float[4]));
            worker.countStep(64, 2);
            final StatusSnapshot before = arrays.status().snapshot();
            own.add(Map.of(NAME, new float[4]));
            worker.countStep(64, 1);
            final SegmentStatus status = arrays.status();
            final RunWatcher watcher = new RunWatcher(status, Duration.ofHours(1), before);
            own.add(Map.of(NAME, new float[4]));
            worker.countStep(64, 0.5);
            watcher.look();

            assertThat(watcher.moments()).extracting(RunHistory.Moment::samples).containsExactly(64L, 128L);
            assertThat(watcher.moments())
                    .extracting(RunHistory.Moment::seconds)
                    .first()
                    .isEqualTo(0.0);
            assertThat(new RunPage("r", watcher).html())
                    .contains("\"updates\": 2, \"samples\": 128,")
                    .contains("\"partitions\": 1, \"updates\": 2, \"acquisitions\": 2,");
        }
    }

    @Test
    void shouldTellNoRatesOfAShortRestAtTheEnd() {
        final AtomicLong now = new AtomicLong();
        try (ShmArrays arrays = create()) {
            final SegmentStatus status = arrays.status();
            final RunWatcher watcher = new RunWatcher(
                    () -> at(status.snapshot(), now.get()), Doors.EVENTS.of(status), Duration.ofHours(1), null);
            for (int i = 1; i <= 3; i++) {
                arrays.add(Map.of(NAME, new float[4]));
                now.set(i * 1_000_000_000L);
                watcher.look();
            }
            arrays.add(Map.of(NAME, new float[4]));
            now.set(3_001_000_000L); // a millisecond after the last look: 1,000 updates a second, or none
            watcher.look();

            assertThat(new RunPage("r", watcher).html())
                    .contains("\"seconds\": 2.0, \"samples\": 0, \"loss\": null, \"updatesPerSecond\": 1.0,")
                    .contains("\"seconds\": 3.001, \"samples\": 0, \"loss\": null, \"updatesPerSecond\": 1.99")
                    .doesNotContain("\"seconds\": 3.0, \"samples\": 0, \"loss\"");
        }
    }

    private static StatusSnapshot at(final StatusSnapshot snapshot, final long timeNs) {
        return new StatusSnapshot(
                snapshot.segment(),
                snapshot.uid(),
                snapshot.createdMs(),
                snapshot.creatorPid(),
                snapshot.creator(),
                snapshot.timeMs(),
                timeNs,
                snapshot.mappedBytes(),
                snapshot.undoBytes(),
                snapshot.slotCount(),
                snapshot.run(),
                snapshot.lock(),
                snapshot.arrays(),
                snapshot.workers());
    }

    @Test
    void shouldLookByItselfUntilItIsClosed() {
        try (ShmArrays arrays = create()) {
            final RunWatcher watcher = watcher(arrays).start();
            Await.until("looks", () -> watcher.moments().size() > 3);
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
                final SegmentStatus status = arrays.status();
                final RunWatcher watcher = new RunWatcher(status, Duration.ofHours(1)).start();
                arrays.add(Map.of(NAME, new float[4]));
                watcher.close();

                assertThat(watcher.last().counters().updates()).isEqualTo(i);
            }
        }
    }
}
