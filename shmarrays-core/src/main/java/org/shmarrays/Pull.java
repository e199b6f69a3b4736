package org.shmarrays;

import java.nio.Buffer;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.SlotArrayDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.MappedFile;
import org.shmarrays.segment.Segment;
import org.shmarrays.update.ElementAccess;

/**
 * One read of some targets: consistent per partition in the locked family, per element in the lock-free one.
 */
final class Pull {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final Object[] into;
    private final ConsistentCopy consistent;

    /** The plan's partition that is copied consistently. */
    private int present;

    /** A read into Java arrays or buffers, one for each target of the plan. */
    Pull(final Attachment attachment, final AccessPlan plan, final Object[] into) {
        this.attachment = attachment;
        this.plan = plan;
        this.into = into;
        this.consistent = new ConsistentCopy(attachment, () -> copy(present));
        for (int t = 0; t < into.length; t++) {
            plan.targets()[t].checkOperand("the destination", into[t]);
        }
    }

    void run() {
        for (int k = 0; k < plan.partitionCount(); k++) {
            final Mode mode = plan.targets()[plan.firstTarget(k)].spec().mode();
            if (!mode.isLocked()
                    || mode == Mode.ORDERED
                            && attachment.hasSlot()
                            && attachment.ordered().holdsCopy()) {
                copy(k);
            } else {
                present = k;
                consistent.copy(plan.partition(k), plan.targets()[plan.firstTarget(k)].name());
            }
        }
        if (attachment.hasSlot()) {
            countReads();
        }
    }

    /** Copies while the locks of all touched partitions are held, or where none are needed. */
    void copyAsItIs() {
        for (int k = 0; k < plan.partitionCount(); k++) {
            for (int t = plan.firstTarget(k); t < plan.targetsEnd(k); t++) {
                final Target target = plan.targets()[t];
                copyFromMemory(
                        ElementAccess.of(target.spec().elementType()),
                        attachment.segment(),
                        target,
                        0,
                        plan.pieceFirst(k, target),
                        plan.pieceCount(k, target),
                        into[t]);
            }
        }
    }

    /** Copies a companion: consistent per element. */
    static void copyState(final Segment segment, final Target target, final int state, final Object into) {
        copyFromMemory(
                ElementAccess.of(target.spec().elementType()),
                segment,
                target,
                1 + state,
                target.first(),
                target.count(),
                into);
    }

    private void copy(final int k) {
        for (int t = plan.firstTarget(k); t < plan.targetsEnd(k); t++) {
            final Target target = plan.targets()[t];
            copyPiece(
                    ElementAccess.of(target.spec().elementType()),
                    target,
                    plan.pieceFirst(k, target),
                    plan.pieceCount(k, target),
                    into[t]);
        }
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
        final int offset = target.array().offset() + first * access.type().sizeBytes();
        final int index = first - target.first();
        if (access.isCarrier(to)) {
            access.load(memory, offset, access.carrier(to), index, count);
        } else {
            access.loadIntoBuffer(memory, offset, (Buffer) to, index, count);
        }
    }

    private void countReads() {
        final Segment segment = attachment.segment();
        final AtomicBuffer control = segment.control();
        final int slotId = attachment.slotId();
        long bytes = 0;
        for (final Target target : plan.targets()) {
            final int record =
                    segment.controlLayout().slotArray(slotId, target.array().index());
            SlotArrayDescriptor.countRead(control, record, target.lengthBytes());
            bytes += target.lengthBytes();
        }
        SlotDescriptor.countRead(control, segment.controlLayout().slot(slotId), bytes);
    }
}
