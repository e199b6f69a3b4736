package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.shmarrays.internal.layout.CatalogCodec;
import org.shmarrays.internal.layout.ControlHeader;
import org.shmarrays.internal.layout.ControlLayout;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.layout.Partitioner;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.SegmentBuilder;
import org.shmarrays.layout.ArraySpec;

/**
 * A control file as {@code SegmentBuilder} writes it: its layout version is stored last, so who sees it sees everything
 * before it.
 */
@JCStressTest
@Description("One worker writes a control file while another one looks for its layout version.")
@Outcome(id = "0, 0, 3", expect = ACCEPTABLE, desc = "The reader saw no layout version yet.")
@Outcome(id = "3, 9, 3", expect = ACCEPTABLE, desc = "The reader saw the layout version, and everything else with it.")
@Outcome(id = "3, [0-8], 3", expect = FORBIDDEN, desc = "The reader saw the layout version, but not everything else.")
@Outcome(expect = FORBIDDEN, desc = "The layout version is not what was written.")
@State
public class ControlFileStress {
    private static final int CACHE_LINE = 64;
    private static final UUID UID = new UUID(0x1112131415161718L, 0x2122232425262728L);
    private static final SegmentLayout LAYOUT = Partitioner.layOut(List.of(ArraySpec.of("w", FLOAT32, 16)), 1, 0);
    private static final byte[] CATALOG = CatalogCodec.encode(LAYOUT);
    private static final ControlLayout CONTROL = new ControlLayout(CATALOG.length, LAYOUT);

    /** So often a reader looks for the layout version: some tenths of a millisecond. */
    private static final int LOOKS = 10_000;

    private static final Queue<UnsafeBuffer> FREE = new ConcurrentLinkedQueue<>();

    private final UnsafeBuffer control = borrow();
    private final ControlHeader header = new ControlHeader(control);

    private static UnsafeBuffer borrow() {
        final UnsafeBuffer used = FREE.poll();
        final UnsafeBuffer buffer = used != null
                ? used
                : new UnsafeBuffer(BufferUtil.allocateDirectAligned(CONTROL.lengthBytes(), CACHE_LINE));
        buffer.setMemory(0, CONTROL.lengthBytes() - EventRing.LENGTH, (byte) 0); // nothing writes to the events
        return buffer;
    }

    @Actor
    public void write() {
        SegmentBuilder.writeControl(control, CONTROL, CATALOG, UID);
    }

    @Actor
    public void read(final III_Result result) {
        for (int i = 0; i < LOOKS; i++) {
            result.r1 = header.layoutVersionAcquire();
            if (result.r1 != 0) {
                result.r2 = wholeFields();
                return;
            }
            Thread.onSpinWait();
        }
    }

    /** What is written last is read first. */
    private int wholeFields() {
        int whole = 0;
        whole += header.headerCrc() == header.checksum() ? 1 : 0;
        whole += header.createdMs() != 0 ? 1 : 0;
        whole += Arrays.equals(header.readCatalog(), CATALOG) ? 1 : 0;
        whole += header.hasChecksumOf(CATALOG) ? 1 : 0;
        whole += header.catalogLength() == CATALOG.length ? 1 : 0;
        whole += header.fileLength() == CONTROL.lengthBytes() ? 1 : 0;
        whole += header.uidLow() == UID.getLeastSignificantBits() ? 1 : 0;
        whole += header.hasNativeByteOrder() ? 1 : 0;
        whole += header.hasMagic() ? 1 : 0;
        return whole;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = header.layoutVersionAcquire();
        FREE.add(control);
    }
}
