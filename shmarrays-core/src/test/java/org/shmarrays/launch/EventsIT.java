package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Signals;
import org.shmarrays.worker.Worker;

/** What happens to a run of real processes stands in its segment, in order, whoever saw it. */
@Tag("shared")
class EventsIT {
    @AutoClose
    private WatchedRun run;

    private Path directory;
    private EventReader reader;
    private final List<Event> events = new ArrayList<>();

    @BeforeEach
    void prepare(@TempDir final Path temporary) {
        directory = temporary;
        run = new WatchedRun(temporary);
    }

    @Test
    void shouldTellWhatHappenedToARun() throws InterruptedException {
        final Path checkpoint = directory.resolve("w.npz");
        try (ShmArrays arrays =
                ShmArrays.create("w", List.of(ArraySpec.of("w", FLOAT32, 4).inMode(Mode.LOCKED)), run.settings())) {
            reader = new EventReader(Doors.SEGMENT.of(arrays));
            run.launch(run.launcher(Pushing.class, 2)
                    .restarts(1)
                    .restartPause(Duration.ofMillis(20), Duration.ofMillis(20)));
            Await.until("the worker holds the lock", () -> run.output().contains("[1] holds"));
            await(EventKind.JOINED, 2);
            final List<Long> before = run.group().pids();
            Signals.send(before.get(1), "KILL");
            await(EventKind.JOINED, 3);
            await(EventKind.RECOVERED, 1);
            final List<Long> after = run.group().pids();
            Signals.stop(after.get(0));
            await(EventKind.WORKER_STOPPED, 1);
            Signals.send(after.get(0), "CONT");
            await(EventKind.WORKER_CONTINUED, 1);
            arrays.runControl().learningRate(0.25);
            arrays.runControl().learningRate(0.25);
            Checkpoint.write(arrays, checkpoint);
            arrays.runControl().stop();
            arrays.runControl().stop();
            assertThat(run.group().await(Await.DEADLINE).orElseThrow().isSuccess())
                    .as(run.output())
                    .isTrue();
            poll();

            assertThat(told(0, 1)).containsExactly("created rank=-1");
            assertThat(told(1, 3)).containsExactlyInAnyOrder("joined rank=0", "joined rank=1");
            // The other worker recovers the locks when it is scheduled.
            assertThat(told(3, 7)).contains("recovered rank=1");
            assertThat(told(3, 12).stream().filter(line -> !line.startsWith("recovered")))
                    .containsExactly(
                            "failed rank=1",
                            "restarted rank=1",
                            "joined rank=1",
                            "worker-stopped rank=0",
                            "worker-continued rank=0",
                            "set rank=-1",
                            "checkpoint-written rank=-1",
                            "stop-asked rank=-1");
            assertThat(told(12, events.size())).containsExactlyInAnyOrder("left rank=0", "left rank=1");
            assertThat(reader.lost()).isZero();

            final Event failed = first(EventKind.FAILED);
            assertThat(failed.subject())
                    .isEqualTo(new Event.Subject(-1, 1, run.group().runId(), before.get(1)));
            assertThat(failed.value()).isEqualTo(137);
            assertThat(failed.text()).isEqualTo("was ended by SIGKILL (exit code 137)");
            final Event recovered = first(EventKind.RECOVERED);
            assertThat(recovered.subject().processId()).isEqualTo(before.get(1));
            assertThat(recovered.value()).isOne();
            assertThat(after).contains(recovered.secondValue());
            final Event restarted = first(EventKind.RESTARTED);
            assertThat(restarted.subject().processId()).isEqualTo(after.get(1));
            assertThat(List.of(restarted.value(), restarted.secondValue())).containsExactly(1L, 137L);
            assertThat(events.stream()
                            .filter(event -> event.kind() == EventKind.JOINED)
                            .map(Event::secondValue))
                    .as("restarts of those that joined")
                    .containsExactly(0L, 0L, 1L);
            assertThat(first(EventKind.SET).doubleValue()).isEqualTo(0.25);
            assertThat(first(EventKind.CHECKPOINT_WRITTEN).text()).isEqualTo(checkpoint.toString());
            assertThat(first(EventKind.CHECKPOINT_WRITTEN).value())
                    .isEqualTo(Checkpoint.describe(checkpoint).steps());
        }
    }

    private void poll() {
        for (Event event = reader.poll(); event != null; event = reader.poll()) {
            events.add(event);
        }
    }

    private void await(final EventKind kind, final int count) {
        Await.until(kind + " in " + events, () -> {
            poll();
            return events.stream().filter(event -> event.kind() == kind).count() >= count;
        });
    }

    private List<String> told(final int from, final int to) {
        return events.subList(from, to).stream()
                .map(event -> event.kind().label() + " rank=" + event.subject().rank())
                .toList();
    }

    private Event first(final EventKind kind) {
        return events.stream().filter(event -> event.kind() == kind).findFirst().orElseThrow();
    }

    /** Pushes until it is stopped; rank 1 first waits in the middle of a push, until it is killed. */
    static final class Pushing {
        public static void main(final String... arguments) {
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.attach(worker)) {
                while (!worker.shouldStop()) {
                    arrays.updateElementwise(Map.of("w", new float[] {1, 1, 1, 1}), (g, gOffset, w, wOffset, n) -> {
                        if (worker.rank() == 1 && worker.restart() == 0) {
                            System.out.println("holds");
                            Await.until("the kill", () -> false);
                        }
                    });
                    worker.countStep(1, 0);
                }
            }
        }
    }
}
