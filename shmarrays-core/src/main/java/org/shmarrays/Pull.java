package org.shmarrays;

import java.lang.ref.Reference;
import java.nio.Buffer;
import org.shmarrays.AccessPlan.Piece;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.PartitionReader;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.ElementAccess;

/**
 * A read of some targets: consistent per partition in the locked family, per element in the lock-free one. May be used
 * again and again, and allocates nothing.
 */
final class Pull {
    /** How many partitions are copied at one go: up to 16 MiB. */
    private static final int MOST_AT_ONCE = 64;

    private final Attachment attachment;
    private final AccessPlan plan;
    private final Operands into;
    private final long[] versions;
    private final ConsistentCopy consistent;

    /** The plan's partition that is copied on its own. */
    private int present;

    /** A read that {@link #set} is to tell where to. */
    Pull(final Attachment attachment, final AccessPlan plan) {
        this.attachment = attachment;
        this.plan = plan;
        this.consistent = new ConsistentCopy(attachment, () -> copy(present));
        this.into = new Operands(plan.targets().length, attachment.scope());
        this.versions = new long[Math.min(MOST_AT_ONCE, plan.partitionCount())];
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

    void run() {
        copyAll();
        if (attachment.hasSlot()) {
            attachment.counters().read(plan);
        }
    }

    /** Copies, and counts no read. */
    void copyAll() {
        try {
            copy();
        } finally {
            Reference.reachabilityFence(this); // whoever owns the memory that is written lives until here
        }
    }

    private void copy() {
        if (attachment.hasSlot()) {
            attachment.staleness().readLockFree(plan.lockFreeArrays(), plan.lengthBytes());
        }
        int end;
        for (int k = 0; k < plan.partitionCount(); k = end) {
            final Mode mode = plan.targets()[plan.firstTarget(k)].spec().mode();
            end = Math.min(plan.runEnd(k), k + versions.length);
            if (!mode.isLocked()
                    || mode == Mode.ORDERED
                            && attachment.hasSlot()
                            && attachment.ordered().holdsCopy()) {
                copy(k, end);
            } else if (end == k + 1) {
                copyConsistently(k);
            } else {
                copyRunConsistently(k, end);
            }
        }
    }

    /** Copies while the locks of all touched partitions are held, or where none are needed. */
    void copyAsItIs() {
        for (int k = 0; k < plan.partitionCount(); k++) {
            for (final Piece piece : plan.pieces(k)) {
                copyFromMemory(
                        access(piece),
                        attachment.segment(),
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
                ElementAccess.of(target.spec().elementType().stateType()),
                segment,
                target,
                1 + state,
                target.first(),
                target.count(),
                into);
    }

    /**
     * Copies side by side partitions at one go, which is faster; those that were changed meanwhile are copied again,
     * each on its own. All versions are read before the copy, and each again behind it, see docs/format/versions.md.
     */
    private void copyRunConsistently(final int from, final int end) {
        final PartitionReader reader = attachment.reader();
        for (int k = from; k < end; k++) {
            versions[k - from] = reader.begin(plan.partition(k));
        }
        copy(from, end);
        for (int k = from; k < end; k++) {
            if (!reader.isConsistent(plan.partition(k), versions[k - from])) {
                consistent.countRetry();
                copyConsistently(k);
            } else if (attachment.hasSlot()) {
                attachment.staleness().read(plan.partition(k), versions[k - from]);
            }
        }
    }

    private void copyConsistently(final int k) {
        present = k;
        consistent.copy(plan.partition(k), plan.targets()[plan.firstTarget(k)].name());
    }

    private void copy(final int k) {
        for (final Piece piece : plan.pieces(k)) {
            copyPiece(access(piece), piece.target(), piece.first(), piece.count(), into.get(piece.t()));
        }
    }

    /** Copies partitions that hold one piece each, of one target, or a single one. */
    private void copy(final int from, final int end) {
        if (end == from + 1) {
            copy(from);
            return;
        }
        final Piece piece = plan.pieces(from)[0];
        final Piece last = plan.pieces(end - 1)[0];
        final int count = last.first() + last.count() - piece.first();
        copyPiece(access(piece), piece.target(), piece.first(), count, into.get(piece.t()));
    }

    private static ElementAccess<?> access(final Piece piece) {
        return ElementAccess.of(piece.target().spec().elementType());
    }

    private <A> void copyPiece(
            final ElementAccess<A> access, final Target target, final int first, final int count, final Object to) {
        final int index = first - target.first();
        final Object copy = attachment.hasSlot() ? attachment.ordered().copyOf(target.array()) : null;
        if (copy != null) {
            access.copy(access.carrier(copy), first, to, index, count);
            return;
        }
        copyFromMemory(access, attachment.segment(), target, 0, first, count, to);
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
