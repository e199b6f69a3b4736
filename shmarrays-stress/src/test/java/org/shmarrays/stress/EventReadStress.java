package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.EventWriter;
import org.shmarrays.internal.segment.Segment;

/** An event is read whole, or counts as lost, while another one is written over it. Steps E1 to E5 and Q1 to Q5. */
@JCStressTest
@Description("One worker writes an event while another one reads the oldest event, whose record that takes.")
@Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "The oldest event was lost, and the reader saw the one after it.")
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "The reader saw the oldest event.")
@Outcome(expect = FORBIDDEN, desc = "The reader saw an event that no one has written, or the new one is missing.")
@State
public class EventReadStress {
    private static final SegmentPool<Segment> POOL = new SegmentPool<>(1, EventReadStress::filled);

    private final Segment segment = POOL.borrow();
    private final long tail = segment.events().tailAcquire();
    private final EventReader reader = new EventReader(segment);

    private static Segment filled(final Segment segment) {
        for (int i = 0; i < EventRing.CAPACITY; i++) {
            write(segment);
        }
        return segment;
    }

    private static void write(final Segment segment) {
        EventWriter.write(segment, EventKind.NOTE, 1, 2, "a text that is long enough for several lines of the cache");
    }

    private static boolean isWhole(final Event event) {
        return event != null
                && event.kind() == EventKind.NOTE
                && event.value() == 1
                && event.secondValue() == 2
                && event.text().endsWith("of the cache");
    }

    @Actor
    public void write() {
        write(segment);
    }

    @Actor
    public void read(final III_Result result) {
        final Event event = reader.poll();
        result.r1 = event.number() == reader.earlier() ? 1 : 0;
        result.r2 = isWhole(event) ? 1 : 0;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        final byte[] image = new byte[EventDescriptor.LENGTH];
        segment.events().copy(tail, image);
        result.r3 = isWhole(EventDescriptor.decode(image, tail)) ? 1 : 0;
        POOL.giveBack(segment);
    }
}
