package org.shmarrays;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.SlotArrayDescriptor;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.segment.Segment;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.update.BlockUpdate;
import org.shmarrays.update.UpdateFunction;

/**
 * One push: an update of some targets, partition by partition, in the way of each partition's mode. Workers begin at
 * different partitions, so that they follow each other instead of queueing.
 */
final class Push {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final Object[] operands;
    private final Object[] results;
    private final UpdateFunction function;
    private final Mode mode;
    private final boolean userFunction;
    private final boolean[] done;

    /**
     * A push that {@link #run} or {@link #runInTurn} carries out.
     *
     * @param operands one for each target of the plan
     * @param results take the new values, one for each target; null for none
     * @param mode HOGWILD or ATOMIC for the arrays of the lock-free family, or null for each array's own
     * @param userFunction whether the function is the user's, who may not call the segment from inside
     */
    Push(
            final Attachment attachment,
            final AccessPlan plan,
            final Object[] operands,
            final Object[] results,
            final UpdateFunction function,
            final Mode mode,
            final boolean userFunction) {
        this.attachment = attachment;
        this.plan = plan;
        this.operands = operands;
        this.results = results;
        this.function = function;
        this.mode = mode;
        this.userFunction = userFunction;
        this.done = new boolean[plan.partitionCount()];
        for (int t = 0; t < operands.length; t++) {
            check(plan.targets()[t], operands[t]);
            if (results != null) {
                plan.targets()[t].checkOperand("the destination", results[t]);
            }
        }
    }

    private void check(final Target target, final Object operand) {
        target.checkOperand("the operand", operand);
        if (!function.supports(target.spec().elementType())) {
            throw new IllegalArgumentException("this update is not for arrays of this type: update=" + function
                    + ", name=" + target.name() + ", type=" + target.spec().elementType());
        }
        if (function.stateCount() > target.spec().stateCount()) {
            throw new IllegalArgumentException("the array has too few companions for this update: update=" + function
                    + ", needs=" + function.stateCount() + ", name=" + target.name() + ", has="
                    + target.spec().stateCount() + "; create it withState(" + function.stateCount() + ")");
        }
        final Mode own = target.spec().mode();
        if (mode != null && mode != own && (mode.isLocked() || own.isLocked())) {
            throw new IllegalArgumentException("the array was not created for this mode: name=" + target.name()
                    + ", mode=" + own + ", asked=" + mode + "; only HOGWILD and ATOMIC can be chosen by call");
        }
        if (modeOf(target) == Mode.ATOMIC && function.stateCount() > 0) {
            throw new IllegalArgumentException("ATOMIC takes functions of one value only, this one has state: update="
                    + function + ", name=" + target.name() + "; create the array in another mode");
        }
    }

    private Mode modeOf(final Target target) {
        return mode == null ? target.spec().mode() : mode;
    }

    /** Updates the partitions that are not updated yet. */
    void run() {
        final int count = plan.partitionCount();
        final int start = start(count);
        for (int i = 0; i < count; i++) {
            final int k = (start + i) % count;
            if (!done[k]) {
                try {
                    runPartition(k);
                    done[k] = true;
                } catch (final SegmentRemovedException e) {
                    throw e;
                } catch (final RuntimeException e) {
                    throw failed(k, e);
                }
            }
        }
        countUpdates();
    }

    private int start(final int count) {
        final var worker = attachment.worker();
        return worker == null ? 0 : (int) ((long) count * worker.rank() / worker.worldSize());
    }

    private UpdateFailedException failed(final int k, final Throwable cause) {
        final List<Integer> updated = new ArrayList<>();
        for (int i = 0; i < done.length; i++) {
            if (done[i]) {
                updated.add(plan.partition(i));
            }
        }
        final Target target = plan.targets()[plan.firstTarget(k)];
        return new UpdateFailedException(
                "the update failed: segment=" + attachment.segment().name() + ", partition=" + plan.partition(k)
                        + ", array=" + target.name() + ", update=" + function + "; that partition is as it was before,"
                        + " these are updated: " + updated + ", resume() does the others. Cause: " + cause,
                updated,
                plan.hasOrdered() ? null : () -> attachment.call(this::run),
                cause);
    }

    private void runPartition(final int k) {
        final Mode partitionMode = modeOf(plan.targets()[plan.firstTarget(k)]);
        switch (partitionMode) {
            case LOCKED, ORDERED -> runLocked(k);
            case HOGWILD -> runPieces(k, null, false);
            case ATOMIC -> runPieces(k, null, true);
            default -> throw new IllegalStateException("unknown mode: " + partitionMode);
        }
    }

    private void runLocked(final int k) {
        final int partition = plan.partition(k);
        final PartitionChange change = attachment.change();
        attachment.lock().acquire(partition);
        try {
            change.begin(partition);
            runPieces(k, change, false);
            change.commit();
        } finally {
            change.rollback();
            attachment.lock().release(partition);
        }
    }

    private void runPieces(final int k, final PartitionChange change, final boolean atomically) {
        if (userFunction) {
            UpdateScope.enter(attachment.segment().uid());
        }
        try {
            for (int t = plan.firstTarget(k); t < plan.targetsEnd(k); t++) {
                runPiece(k, t, change, atomically);
            }
        } finally {
            if (userFunction) {
                UpdateScope.leave();
            }
        }
    }

    private void runPiece(final int k, final int t, final PartitionChange change, final boolean atomically) {
        final Target target = plan.targets()[t];
        final BlockUpdate<?> update = attachment.updates(target.spec().elementType());
        final int first = plan.pieceFirst(k, target);
        final int count = plan.pieceCount(k, target);
        final Object result = results == null ? null : results[t];
        if (atomically) {
            update.updateAtomically(target.array(), first, count, operands[t], target.first(), function, result);
        } else {
            final long step = function.stateCount() == 0 ? 0 : countStep(plan.piece(k, target), change);
            update.update(target.array(), first, count, operands[t], target.first(), function, step, change, result);
        }
    }

    private long countStep(final int piece, final PartitionChange change) {
        if (change != null) {
            return change.countStep(piece);
        }
        final Segment segment = attachment.segment();
        return segment.control().getAndAddLong(segment.controlLayout().step(piece), 1) + 1;
    }

    private void countUpdates() {
        final Segment segment = attachment.segment();
        final AtomicBuffer control = segment.control();
        final int slotId = attachment.slotId();
        long bytes = 0;
        for (final Target target : plan.targets()) {
            final int record =
                    segment.controlLayout().slotArray(slotId, target.array().index());
            SlotArrayDescriptor.countUpdate(control, record, target.lengthBytes());
            bytes += target.lengthBytes();
        }
        SlotDescriptor.countUpdate(control, segment.controlLayout().slot(slotId), bytes);
    }
}
