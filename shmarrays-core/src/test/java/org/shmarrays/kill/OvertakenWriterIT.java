package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.SharedMemory;
import org.shmarrays.testing.Signals;

/**
 * A process is stopped before each step of writing an event, the ring goes round, and the process goes on: its event is
 * lost, and of the others at most the one whose record it writes over. None is ever seen that was not written.
 */
@Tag("shared")
public class OvertakenWriterIT {
    private static final String STOP_AT = "shmarrays.test.stopAt";

    @TempDir(factory = SharedMemory.class)
    private Path directory;

    /** Stops its process once, at a step. */
    public static final class Stopping implements Step.Observer {
        private final Step at = Step.valueOf(System.getProperty(STOP_AT));
        private boolean hasStopped;

        @Override
        public void beforeStep(final Step step) {
            if (step == at && !hasStopped) {
                hasStopped = true;
                Signals.send(ProcessHandle.current().pid(), "STOP");
            }
        }
    }

    /** Leaves one remark. */
    static final class Writer {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("s")) {
                arrays.runControl().note("from the process that was stopped");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"E2", "E3", "E4"})
    void shouldNotMixEventsOfAWriterThatWasStoppedForARound(final Step step) {
        final Settings settings = Settings.fromProperties().withDirectory(directory);
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + Stopping.class.getName());
        flags.add("-D" + STOP_AT + "=" + step);
        try (ShmArrays arrays = ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 4)), settings);
                Jvm writer = Jvm.start(flags, 0, 1, Writer.class, directory)) {
            Await.until(
                    "the writer is stopped", () -> Signals.isStopped(writer.pid()) || !Await.isRunning(writer.pid()));
            final long first = Doors.SEGMENT.of(arrays).events().tailAcquire();
            for (int i = 0; i < EventRing.CAPACITY; i++) {
                arrays.runControl().note("n" + (first + i));
            }
            writer.signal("CONT");
            writer.awaitSuccess();

            final EventReader reader = new EventReader(Doors.SEGMENT.of(arrays));
            final List<Event> events = new ArrayList<>();
            for (Event event = reader.awaitNext(); event != null; event = reader.awaitNext()) {
                events.add(event);
            }

            // Event first - 1 is the writer's; the last of the round has the same record.
            final long last = first + EventRing.CAPACITY - 1;
            final long end = step == Step.E3 ? last : last + 1;
            assertThat(events.stream().map(Event::number))
                    .containsExactlyElementsOf(
                            LongStream.range(first, end).boxed().toList());
            assertThat(events).allSatisfy(event -> assertThat(event.text()).isEqualTo("n" + event.number()));
            assertThat(reader.lost()).isEqualTo(step == Step.E3 ? 1 : 0);
        }
    }
}
