package org.shmarrays.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Queue;
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
import org.shmarrays.layout.ControlDescriptor;

/** The header of a control file: its layout version is stored last, so who sees it sees everything before it. */
@JCStressTest
@Description("One worker writes the header of a control file, as the builder does, while another one looks for it.")
@Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "The reader saw no layout version yet.")
@Outcome(id = "1, 9, 1", expect = ACCEPTABLE, desc = "The reader saw the layout version, and the whole header with it.")
@Outcome(id = "1, [0-8], 1", expect = FORBIDDEN, desc = "The reader saw the layout version, but not the whole header.")
@Outcome(expect = FORBIDDEN, desc = "The layout version is not what was written.")
@State
public class ControlFileStress {
    private static final int CACHE_LINE = 64;
    private static final long UID_HIGH = 0x1112131415161718L;
    private static final long UID_LOW = 0x2122232425262728L;
    private static final long PID = 31;
    private static final long CREATED_MS = 41;
    private static final long FILE_LENGTH = 51;
    private static final int CATALOG_LENGTH = 61;
    private static final int CATALOG_CRC = 71;
    private static final int HEADER_CRC = 81;
    private static final int LOOKS = 100;
    private static final Queue<UnsafeBuffer> FREE = new ConcurrentLinkedQueue<>();

    private final UnsafeBuffer control = borrow();

    private static UnsafeBuffer borrow() {
        final UnsafeBuffer used = FREE.poll();
        final UnsafeBuffer buffer = used != null
                ? used
                : new UnsafeBuffer(BufferUtil.allocateDirectAligned(ControlDescriptor.HEADER_LENGTH, CACHE_LINE));
        buffer.setMemory(0, ControlDescriptor.HEADER_LENGTH, (byte) 0);
        return buffer;
    }

    @Actor
    public void write() {
        ControlDescriptor.magic(control);
        ControlDescriptor.identity(control, UID_HIGH, UID_LOW, PID, CREATED_MS);
        ControlDescriptor.catalog(control, FILE_LENGTH, CATALOG_LENGTH, CATALOG_CRC);
        ControlDescriptor.headerCrc(control, HEADER_CRC);
        ControlDescriptor.layoutVersionRelease(control, ControlDescriptor.LAYOUT_VERSION);
    }

    @Actor
    public void read(final III_Result result) {
        for (int i = 0; i < LOOKS; i++) {
            result.r1 = ControlDescriptor.layoutVersionAcquire(control);
            if (result.r1 != 0) {
                result.r2 = wholeFields();
                return;
            }
            Thread.onSpinWait();
        }
    }

    private int wholeFields() {
        int whole = 0;
        whole += ControlDescriptor.headerCrc(control) == HEADER_CRC ? 1 : 0;
        whole += ControlDescriptor.catalogCrc(control) == CATALOG_CRC ? 1 : 0;
        whole += ControlDescriptor.catalogLength(control) == CATALOG_LENGTH ? 1 : 0;
        whole += ControlDescriptor.fileLength(control) == FILE_LENGTH ? 1 : 0;
        whole += ControlDescriptor.createdMs(control) == CREATED_MS ? 1 : 0;
        whole += ControlDescriptor.creatorPid(control) == PID ? 1 : 0;
        whole += ControlDescriptor.uidLow(control) == UID_LOW && ControlDescriptor.uidHigh(control) == UID_HIGH ? 1 : 0;
        whole += ControlDescriptor.hasNativeByteOrder(control) ? 1 : 0;
        whole += ControlDescriptor.hasMagic(control) ? 1 : 0;
        return whole;
    }

    @Arbiter
    public void arbiter(final III_Result result) {
        result.r3 = ControlDescriptor.layoutVersionAcquire(control);
        FREE.add(control);
    }
}
