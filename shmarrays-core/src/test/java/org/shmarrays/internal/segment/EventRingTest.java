package org.shmarrays.internal.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.internal.layout.EventRing.CAPACITY;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.internal.layout.ControlOffsets;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;

/** Each event is read once, whole and in order, or counts as lost. Event 0 is that of the creation. */
class EventRingTest {
    private static final Event.Subject WORKER = new Event.Subject(3, 1, 77, 4711);

    @TempDir
    private Path directory;

    private Segment segment;
    private EventRing ring;
    private long nowNs;
    private EventReader reader;

    @BeforeEach
    void create() {
        final SegmentBuilder builder = SegmentBuilder.build(
                new SegmentRoot(directory), "s", Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT32, 4)), 2, 0), 0);
        builder.publish();
        segment = builder.segment();
        ring = segment.events();
        reader = reader();
    }

    private EventReader reader() {
        return new EventReader(segment, () -> nowNs);
    }

    private void write(final long count) {
        LongStream.range(0, count).forEach(i -> note("n" + i));
    }

    private void note(final String text) {
        EventWriter.write(segment, EventKind.NOTE, 0, 0, text);
    }

    private List<Event> all() {
        final List<Event> events = new ArrayList<>();
        for (Event event = reader.poll(); event != null; event = reader.poll()) {
            events.add(event);
        }
        return events;
    }

    private static List<Long> numbers(final List<Event> events) {
        return events.stream().map(Event::number).toList();
    }

    private static List<Long> range(final long from, final long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private void begin(final long number) {
        final long before = ring.sequenceAcquire(number);
        assertThat(ring.compareAndSetSequence(number, before, -(number + 1))).isTrue();
    }

    @Test
    void shouldTellTheCreation() {
        final Event event = reader.poll();

        assertThat(event.kind()).isEqualTo(EventKind.CREATED);
        assertThat(event.text()).isEqualTo("s");
        assertThat(event.value()).isEqualTo(segment.layout().dataLengthBytes());
        assertThat(event.secondValue()).isEqualTo(2);
        assertThat(event.subject())
                .isEqualTo(Event.Subject.ofProcess(ProcessHandle.current().pid()));
        assertThat(reader.poll()).isNull();
    }

    @Test
    void shouldGiveBackWhatWasWritten() {
        final long before = System.currentTimeMillis();
        EventWriter.write(segment, WORKER, EventKind.FAILED, Long.MIN_VALUE, Long.MAX_VALUE, "was ended by SIGKILL");
        final Event event = all().get(1);

        assertThat(event.timeMs()).isBetween(before, System.currentTimeMillis());
        assertThat(event)
                .isEqualTo(new Event(
                        1,
                        event.timeMs(),
                        EventKind.FAILED,
                        WORKER,
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        "was ended by SIGKILL"));
        assertThat(ring.countAcquire(EventKind.FAILED)).isOne();
    }

    @Test
    void shouldKeepTheLastOnesWhenItGoesRound() {
        write(2 * CAPACITY);
        reader = reader();

        assertThat(reader.earlier()).isEqualTo(CAPACITY + 1);
        assertThat(numbers(all())).isEqualTo(range(CAPACITY + 1, 2 * CAPACITY + 1));
        assertThat(reader.lost()).isZero();
        assertThat(ring.countAcquire(EventKind.NOTE)).isEqualTo(2 * CAPACITY);
    }

    @Test
    void shouldCountWhatIsOverwrittenBeforeItIsRead() {
        write(CAPACITY + 9);

        assertThat(numbers(all())).isEqualTo(range(10, CAPACITY + 10));
        assertThat(reader.lost()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 17, 48, 60, 64, 251, 252})
    void shouldLoseARecordOfWhichAByteIsAnother(final int offset) {
        write(3);
        final byte[] image = new byte[EventDescriptor.LENGTH];
        ring.copy(2, image);
        image[offset] ^= 4;
        ring.content(2, image);

        assertThat(numbers(all())).containsExactly(0L, 1L, 3L);
        assertThat(reader.lost()).isOne();
    }

    @Test
    void shouldLoseAnUnknownKindThatIsOtherwiseSound() {
        write(1);
        final byte[] image = EventDescriptor.encode(new Event(1, 0, EventKind.NOTE, WORKER, 0, 0, "x"));
        image[48] = EventRing.KIND_CODES - 1;
        final CRC32 crc = new CRC32();
        crc.update(image, 0, 252);
        ByteBuffer.wrap(image).order(ByteOrder.nativeOrder()).putInt(252, (int) crc.getValue());
        ring.content(1, image);

        assertThat(numbers(all())).containsExactly(0L);
        assertThat(reader.lost()).isOne();
    }

    /** Killed before E2, and before E4. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSkipTheHolesOfDeadWriters(final boolean hasBegun) {
        write(1);
        final long hole = ring.takeNumber();
        ring.takeNumber();
        if (hasBegun) {
            begin(hole);
        }
        write(1);

        assertThat(numbers(all())).containsExactly(0L, 1L);
        nowNs += EventReader.UNFINISHED_NS;
        assertThat(all()).isEmpty();
        nowNs++;
        assertThat(numbers(all())).containsExactly(4L);
        assertThat(reader.lost()).isEqualTo(2);
    }

    /** The wait for it begins when it is first seen unfinished. */
    @Test
    void shouldWaitForAWriterThatIsSlow() {
        nowNs += 10 * EventReader.UNFINISHED_NS;
        final long number = ring.takeNumber();
        begin(number);
        assertThat(numbers(all())).containsExactly(0L);
        nowNs += EventReader.UNFINISHED_NS / 2;
        assertThat(all()).isEmpty();

        ring.content(number, EventDescriptor.encode(new Event(number, 0, EventKind.NOTE, WORKER, 0, 0, "slow")));
        assertThat(ring.compareAndSetSequence(number, -(number + 1), number + 1))
                .isTrue();

        assertThat(all()).extracting(Event::text).containsExactly("slow");
        assertThat(reader.lost()).isZero();
    }

    /** Stopped between E3 and E4 while the ring went round, and continued when a later event had its record. */
    @Test
    void shouldNeverTakeTheBytesOfAnOvertakenWriterForAnEvent() {
        final long stopped = ring.takeNumber();
        begin(stopped);
        write(CAPACITY);
        final byte[] image = EventDescriptor.encode(new Event(stopped, 0, EventKind.NOTE, WORKER, 0, 0, "late"));
        ring.content(stopped, image);

        assertThat(ring.compareAndSetSequence(stopped, -(stopped + 1), stopped + 1))
                .isFalse();
        assertThat(numbers(all())).isEqualTo(range(2, CAPACITY + 1));
        assertThat(reader.lost())
                .as("events 0, the stopped one, and the one written over")
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"ä, 94, 188", "€, 62, 186", "😀, 47, 188", "x, 188, 188"})
    void shouldCutTextAtACharacter(final String character, final int kept, final int bytes) {
        note(character.repeat(300));
        note("y" + character.repeat(300));
        final List<Event> events = all();

        assertThat(events.get(1).text()).isEqualTo(character.repeat(kept));
        assertThat(events.get(1).text().getBytes(UTF_8)).hasSize(bytes);
        assertThat(events.get(2).text()).matches("y(" + character + ")*");
        assertThat(events.get(2).text().getBytes(UTF_8).length)
                .isBetween(EventDescriptor.TEXT_CAPACITY - 3, EventDescriptor.TEXT_CAPACITY);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE - 1_000, Long.MAX_VALUE})
    void shouldEndWhereTheTailWasOverwritten(final long tail) {
        segment.control().putLongRelease(ControlOffsets.events(segment.controlLayout()), tail);
        write(3);
        reader = reader();
        all();
        nowNs += EventReader.UNFINISHED_NS + 1;

        assertThat(all()).hasSizeLessThanOrEqualTo(CAPACITY);
        assertThat(reader.poll()).isNull();
        note("still no exception");
    }

    @Test
    void shouldWriteNothingWhereTheSegmentIsMappedReadOnly() {
        final Segment readOnly = SegmentOpener.open(new SegmentRoot(directory), "s", true);

        EventWriter.write(readOnly, EventKind.NOTE, 0, 0, "x");

        assertThat(all()).hasSize(1);
    }

    @Test
    void shouldReadEachEventOfManyWritersOnce() throws Exception {
        final int writers = 4;
        final int each = CAPACITY / writers - 1;
        final List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int t = 0; t < writers; t++) {
            final int thread = t;
            threads.add(Background.run(() -> {
                for (int i = 0; i < each; i++) {
                    EventWriter.write(segment, WORKER, EventKind.MEASURED, thread, i, "t" + thread);
                }
            }));
        }
        final List<Event> events = new ArrayList<>();
        reader.poll();
        Await.until("all events", () -> {
            events.addAll(all());
            return events.size() >= writers * each;
        });
        CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new))
                .get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);

        assertThat(numbers(events)).isEqualTo(range(1, writers * each + 1));
        for (int t = 0; t < writers; t++) {
            final int thread = t;
            assertThat(events.stream().filter(event -> event.value() == thread).map(Event::secondValue))
                    .containsExactlyElementsOf(range(0, each));
        }
        assertThat(reader.lost()).isZero();
    }
}
