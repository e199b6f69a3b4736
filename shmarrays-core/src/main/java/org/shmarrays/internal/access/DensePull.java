package org.shmarrays.internal.access;

import java.nio.Buffer;
import org.shmarrays.internal.access.AccessPlan.Piece;
import org.shmarrays.internal.kernel.ElementAccess;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.Mode;

/**
 * The spans of a read of some targets, as their plan lists them. May be used again and again, and allocates nothing.
 */
final class DensePull implements PullSpans {
    /** How many partitions are copied at one go: up to 16 MiB. */
    private static final int MOST_AT_ONCE = 64;

    private final Reading reading;
    private final WorkerCopies copies;
    private final AccessPlan plan;
    private final Operands into;
    private final int most;
    private final Pull pull;

    /** The plan's partitions of the batch: the first one, and the index after the last. */
    private int from;

    private int end;

    /** A read that {@link #set} is to tell where to. */
    DensePull(final Reading reading, final WorkerCopies copies, final AccessPlan plan) {
        this.reading = reading;
        this.copies = copies;
        this.plan = plan;
        this.into = new Operands(plan.targets().length, reading.scope());
        this.most = Math.min(MOST_AT_ONCE, plan.partitionCount());
        this.pull = new Pull(reading, this, most);
    }

    void run() {
        pull.copyAll();
        if (reading.hasSlot()) {
            reading.counters().read(plan);
        }
    }

    /** Copies, and counts no read. */
    void copyAll() {
        pull.copyAll();
    }

    /** Sets what takes the values of a target of the plan. */
    void set(final int t, final Object destination) {
        if (into.set(t, destination) || into.hasOwned()) {
            into.open(t);
        }
        plan.targets()[t].checkDestination(into.get(t));
    }

    /** Forgets where to, so that it can be collected. */
    void clear() {
        into.clear();
    }

    /** Says to the owners of what was read into that it is done. */
    void done() {
        into.done();
    }

    @Override
    public void begin() {
        end = 0;
    }

    @Override
    public int next(final int[] partitions) {
        if (end == plan.partitionCount()) {
            return NONE;
        }
        from = end;
        end = Math.min(plan.runEnd(from), from + most);
        final Mode mode = target().spec().mode();
        if (!mode.isLocked() || mode.takesTurns() && copies.areHeld()) {
            return 0;
        }
        for (int k = from; k < end; k++) {
            partitions[k - from] = plan.partition(k);
        }
        return end - from;
    }

    /** The first one of the batch. */
    private Target target() {
        return plan.targets()[plan.firstTarget(from)];
    }

    @Override
    public String name() {
        return target().name();
    }

    @Override
    public int[] lockFreeArrays() {
        return plan.lockFreeArrays();
    }

    @Override
    public long lengthBytes() {
        return plan.lengthBytes();
    }

    /** Copies while the locks of all touched partitions are held, or where none are needed. */
    void copyAsItIs() {
        for (int k = 0; k < plan.partitionCount(); k++) {
            for (final Piece piece : plan.pieces(k)) {
                copyFromMemory(
                        access(piece),
                        reading.segment(),
                        piece.target(),
                        0,
                        piece.first(),
                        piece.count(),
                        into.get(piece.t()));
            }
        }
    }

    /** Copies a state array: consistent per element. */
    static void copyState(final Segment segment, final Target target, final int state, final Object into) {
        copyFromMemory(
                ElementAccesses.of(target.spec().elementType().stateType()),
                segment,
                target,
                1 + state,
                target.first(),
                target.count(),
                into);
    }

    @Override
    public void copy(final int i) {
        for (final Piece piece : plan.pieces(from + i)) {
            copyPiece(access(piece), piece.target(), piece.first(), piece.count(), into.get(piece.t()));
        }
    }

    /** Copies partitions that hold one piece each, of one target, or a single one. */
    @Override
    public void copy() {
        if (end == from + 1) {
            copy(0);
            return;
        }
        final Piece piece = plan.pieces(from)[0];
        final Piece last = plan.pieces(end - 1)[0];
        final int count = last.first() + last.count() - piece.first();
        copyPiece(access(piece), piece.target(), piece.first(), count, into.get(piece.t()));
    }

    private static ElementAccess<?> access(final Piece piece) {
        return ElementAccesses.of(piece.target().spec().elementType());
    }

    private <A> void copyPiece(
            final ElementAccess<A> access, final Target target, final int first, final int count, final Object to) {
        final int index = first - target.first();
        final Object copy = copies.of(target.array());
        if (copy != null) {
            access.copy(access.carrier(copy), first, to, index, count);
            return;
        }
        copyFromMemory(access, reading.segment(), target, 0, first, count, to);
    }

    private static <A> void copyFromMemory(
            final ElementAccess<A> access,
            final Segment segment,
            final Target target,
            final int file,
            final int first,
            final int count,
            final Object to) {
        final MappedFile memory = segment.file(target.array().region(), file);
        final int sizeBytes = access.type().sizeBytes();
        final int arrayFirst =
                target.array().offset() / target.spec().elementType().sizeBytes();
        final int offset = (arrayFirst + first) * sizeBytes;
        final int index = first - target.first();
        if (access.isCarrier(to)) {
            access.load(memory, offset, access.carrier(to), index, count);
        } else {
            access.loadIntoBuffer(memory, offset, (Buffer) to, index, count);
        }
    }
}
