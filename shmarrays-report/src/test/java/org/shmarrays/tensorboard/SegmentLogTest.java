package org.shmarrays.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.report.Await;
import org.shmarrays.tensorboard.EventFileReader.Event;

/** A log follows the name of a segment. */
class SegmentLogTest {
    private static final Map<String, float[]> GRADIENT = Map.of("w", new float[4]);

    private final List<String> messages = new CopyOnWriteArrayList<>();

    @TempDir
    private Path directory;

    private Settings settings;
    private Path run;
    private ScalarLog file;

    @BeforeEach
    void create() {
        settings = Settings.fromProperties().withDirectory(directory).withSlots(2);
        run = directory.resolve("run");
        file = LogTarget.parse("tensorboard:" + run).open();
    }

    private SegmentLog start(final Duration interval) {
        return SegmentLog.start(Doors.ROOT.of(settings), "m", file, interval, messages::add);
    }

    private ShmArrays createSegment() {
        return ShmArrays.create("m", List.of(ArraySpec.of("w", FLOAT32, 4)), settings);
    }

    private List<Event> events() {
        return EventFileReader.readAll(run);
    }

    private boolean hasStarts(final int count) {
        return events().stream().filter(Event::isStart).count() == count;
    }

    @Test
    void shouldFollowASegmentThatIsCreatedLaterAndAgain() {
        try (SegmentLog log = start(Duration.ofMillis(5))) {
            try (ShmArrays first = createSegment()) {
                Await.until("log of the first segment", () -> hasStarts(1));
                first.add(GRADIENT);
            }
            ShmArrays.remove("m", settings);
            try (ShmArrays second = createSegment()) {
                Await.until("log of the second segment", () -> hasStarts(2));
                second.add(GRADIENT);
                second.add(GRADIENT);
                log.measured("accuracy", 2, 0, 0.5);
            }
            ShmArrays.remove("m", settings);
        }

        final List<Event> events = events();
        assertThat(events.get(events.size() - 1).step()).isEqualTo(2);
        assertThat(events).anyMatch(event -> event.values().equals(Map.of("accuracy", 0.5f)));
        assertThat(messages).isEmpty();
    }

    @Test
    void shouldLogTheLastCountsAtTheEnd() {
        try (ShmArrays arrays = createSegment()) {
            try (SegmentLog log = start(Duration.ofHours(1))) {
                Await.until("log of the segment", () -> hasStarts(1));
                arrays.add(GRADIENT);
                assertThat(log.isIncomplete()).isFalse();
            }
        }

        assertThat(events().get(events().size() - 1).step()).isEqualTo(1);
    }

    @Test
    void shouldTellOnceThatTheFileCannotBeWritten() {
        file.close(); // as a disk that is full, every write fails
        try (ShmArrays arrays = createSegment();
                SegmentLog log = start(Duration.ofMillis(1))) {
            Await.until("message", () -> !messages.isEmpty());
            log.measured("accuracy", 1, 0, 0.5);
            arrays.add(GRADIENT);
            assertThat(log.isIncomplete()).isTrue();
        }

        assertThat(messages)
                .containsExactly("the log for TensorBoard is incomplete from here on: the event file can't be written:"
                        + " file=" + file.file() + ", Stream Closed");
        assertThat(events()).as("the version").hasSize(1);
    }
}
