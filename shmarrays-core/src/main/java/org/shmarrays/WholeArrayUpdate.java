package org.shmarrays;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.SegmentLayout;
import org.shmarrays.segment.PartitionChange;
import org.shmarrays.segment.PartitionLock;
import org.shmarrays.segment.SegmentRemovedException;
import org.shmarrays.update.BlockUpdate;
import org.shmarrays.update.ElementAccess;
import org.shmarrays.update.Updates;

/**
 * An update of one whole array by a function of (new, old) that returns the new values. In the locked family all of the
 * array's partitions are locked, in ascending order, while the function runs, and it runs before anything is changed: so
 * its exception changes nothing.
 */
final class WholeArrayUpdate {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final Target target;

    /** An update of the only target of a plan. */
    private WholeArrayUpdate(final Attachment attachment, final AccessPlan plan) {
        this.attachment = attachment;
        this.plan = plan;
        this.target = plan.targets()[0];
        if (target.spec().mode() == Mode.ATOMIC) {
            throw new IllegalArgumentException("ATOMIC takes additions and element-wise functions only: name="
                    + target.name() + "; use updateElementwise, or create the array in another mode");
        }
    }

    /**
     * Updates several arrays, one after the other.
     *
     * @param results takes the new values under their names
     * @throws UpdateFailedException with the exception of the function; arrays before keep their update
     */
    static <A> void runAll(
            final Attachment attachment,
            final Map<String, A> gradients,
            final BinaryOperator<A> function,
            final Map<String, A> results) {
        final List<WholeArrayUpdate> updates = new ArrayList<>();
        final SegmentLayout layout = attachment.segment().layout();
        for (final Map.Entry<String, A> entry : gradients.entrySet()) {
            final Target target = Target.of(layout, attachment.segment().name(), entry.getKey());
            target.checkOperand("the operand", entry.getValue());
            updates.add(new WholeArrayUpdate(attachment, AccessPlan.of(layout, List.of(target))));
        }
        runRest(updates, gradients, function, results, 0);
    }

    private static <A> void runRest(
            final List<WholeArrayUpdate> updates,
            final Map<String, A> gradients,
            final BinaryOperator<A> function,
            final Map<String, A> results,
            final int from) {
        for (int i = from; i < updates.size(); i++) {
            final WholeArrayUpdate update = updates.get(i);
            final String name = update.target.name();
            try {
                results.put(name, update.run(gradients.get(name), function));
            } catch (final SegmentRemovedException e) {
                throw e;
            } catch (final RuntimeException e) {
                final int failed = i;
                throw new UpdateFailedException(
                        "the update failed: segment="
                                + update.attachment.segment().name() + ", array=" + name
                                + "; it is as it was before, these are updated: " + results.keySet() + ". Cause: " + e,
                        updatedPartitions(updates, i),
                        update.target.spec().mode() == Mode.ORDERED
                                ? null
                                : () -> update.attachment.call(
                                        () -> runRest(updates, gradients, function, results, failed)),
                        e);
            }
        }
    }

    private static List<Integer> updatedPartitions(final List<WholeArrayUpdate> updates, final int end) {
        final SortedSet<Integer> partitions = new TreeSet<>();
        for (final WholeArrayUpdate update : updates.subList(0, end)) {
            for (int k = 0; k < update.plan.partitionCount(); k++) {
                partitions.add(update.plan.partition(k));
            }
        }
        return List.copyOf(partitions);
    }

    /** Returns the new values: what the function returned. */
    private <A> A run(final A operand, final BinaryOperator<A> function) {
        return run(ElementAccess.of(target.spec().elementType()), operand, function);
    }

    @SuppressWarnings("unchecked") // the operand was checked to be the carrier of the element type
    private <C, A> A run(final ElementAccess<C> access, final A operand, final BinaryOperator<A> function) {
        final C old = access.allocate(target.count());
        final boolean locked = target.spec().mode().isLocked();
        final int held = locked ? lockAll() : 0;
        try {
            new Pull(attachment, plan, new Object[] {old}).copyAsItIs();
            final A updated = call(function, operand, (A) old);
            target.checkOperand("what the update function returned", updated);
            store(updated, locked);
            return updated;
        } finally {
            for (int k = held - 1; k >= 0; k--) {
                attachment.lock().release(plan.partition(k));
            }
        }
    }

    private int lockAll() {
        final PartitionLock lock = attachment.lock();
        int held = 0;
        try {
            while (held < plan.partitionCount()) {
                lock.acquire(plan.partition(held));
                held++;
            }
            return held;
        } catch (final RuntimeException e) {
            while (held > 0) {
                lock.release(plan.partition(--held));
            }
            throw e;
        }
    }

    private <A> A call(final BinaryOperator<A> function, final A operand, final A old) {
        UpdateScope.enter(attachment.segment().uid());
        try {
            return function.apply(operand, old);
        } finally {
            UpdateScope.leave();
        }
    }

    private void store(final Object updated, final boolean locked) {
        final BlockUpdate<?> assign = attachment.updates(target.spec().elementType());
        final PartitionChange change = locked ? attachment.change() : null;
        for (int k = 0; k < plan.partitionCount(); k++) {
            final int first = plan.pieceFirst(k, target);
            final int count = plan.pieceCount(k, target);
            if (locked) {
                change.begin(plan.partition(k));
            }
            assign.update(target.array(), first, count, updated, target.first(), Updates.assign(), 0, change, null);
            if (locked) {
                change.commit();
            }
        }
    }
}
