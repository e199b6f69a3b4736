package org.shmarrays.internal.access;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.BlockUpdate;
import org.shmarrays.internal.kernel.ElementAccess;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.update.Updates;

/**
 * An update of one whole array by a function of (name, old) that returns the new values. In the locked family all of
 * the array's partitions are locked, in ascending order, while the function runs, and it runs before anything is
 * changed: so its exception changes nothing.
 */
final class WholeArrayUpdate {
    private final Attachment attachment;
    private final AccessPlan plan;

    /** Of all arrays of the push. */
    private final AccessPlan push;

    private final Target target;

    /** Whether the array has its new values: a further run leaves it alone. */
    private boolean stored;

    /** Whether the push is counted; of its first update. */
    private boolean counted;

    private long staleness = Staleness.UNKNOWN;

    /** An update of the only target of a plan, which is a part of a push. */
    private WholeArrayUpdate(final Attachment attachment, final AccessPlan plan, final AccessPlan push) {
        this.attachment = attachment;
        this.plan = plan;
        this.push = push;
        this.target = plan.targets()[0];
        if (target.spec().mode().comparesAndSets()) {
            throw new IllegalArgumentException("mode " + target.spec().mode()
                    + " supports only additions and element-wise functions: name=" + Printable.text(target.name())
                    + "; use updateElementwise, or create the array in another mode");
        }
    }

    /**
     * Plans an update for each array.
     *
     * @param push the plan of all of them
     * @throws IllegalArgumentException if a mode does not allow it
     */
    static List<WholeArrayUpdate> plan(
            final Attachment attachment, final Collection<String> names, final AccessPlan push) {
        final List<WholeArrayUpdate> updates = new ArrayList<>();
        final SegmentLayout layout = attachment.segment().layout();
        for (final String name : names) {
            final Target target = Target.of(layout, attachment.segment().name(), name);
            updates.add(new WholeArrayUpdate(attachment, AccessPlan.of(layout, List.of(target)), push));
        }
        return updates;
    }

    /**
     * Updates several arrays, one after the other.
     *
     * @param results takes the new values under their names
     * @throws UpdateFailedException with the exception of the function; arrays before keep their update
     */
    static void runAll(
            final List<WholeArrayUpdate> updates,
            final BiFunction<String, Object, ?> function,
            final Map<String, Object> results) {
        runRest(updates, function, results);
    }

    private static void runRest(
            final List<WholeArrayUpdate> updates,
            final BiFunction<String, Object, ?> function,
            final Map<String, Object> results) {
        final WholeArrayUpdate first = updates.get(0);
        if (first.counted) {
            return;
        }
        first.attachment.gate().pass(() -> runEach(updates, function, results));
        count(updates);
        first.counted = true;
    }

    /** Counts the push when all is done. */
    private static void count(final List<WholeArrayUpdate> updates) {
        final WholeArrayUpdate any = updates.get(0);
        any.attachment.counters().update(any.push);
        any.attachment
                .staleness()
                .count(updates.stream()
                        .mapToLong(update -> update.staleness)
                        .max()
                        .orElse(Staleness.UNKNOWN));
    }

    private static void runEach(
            final List<WholeArrayUpdate> updates,
            final BiFunction<String, Object, ?> function,
            final Map<String, Object> results) {
        for (int i = 0; i < updates.size(); i++) {
            final WholeArrayUpdate update = updates.get(i);
            if (update.stored) {
                continue;
            }
            final String name = update.target.name();
            try {
                results.put(name, update.run(function));
            } catch (final SegmentRemovedException e) {
                throw e;
            } catch (final RuntimeException e) {
                throw update.failed(updates, function, results, i, e);
            }
        }
    }

    private UpdateFailedException failed(
            final List<WholeArrayUpdate> updates,
            final BiFunction<String, Object, ?> function,
            final Map<String, Object> results,
            final int index,
            final RuntimeException cause) {
        final int next = stored ? index + 1 : index;
        return new UpdateFailedException(
                "the update failed: segment=" + attachment.segment().name() + ", array="
                        + Printable.text(target.name()) + "; "
                        + (stored
                                ? "this array is updated, but others may have changed it at the same time"
                                : "this array is unchanged")
                        + ", updated arrays=" + Printable.list(results.keySet()) + ". Cause: " + cause,
                updatedPartitions(updates, next),
                push.hasOrdered() ? null : () -> attachment.callForUpdate(() -> runRest(updates, function, results)),
                cause);
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

    /** Returns the new values: what the function returned, or, rounded to 16 bits, a copy of what is stored. */
    private Object run(final BiFunction<String, Object, ?> function) {
        final Object old = ElementAccesses.of(target.spec().elementType()).allocate(target.count());
        final HeldLocks locks = new HeldLocks(attachment.lock());
        try {
            for (int k = 0; target.spec().mode().isLocked() && k < plan.partitionCount(); k++) {
                locks.acquire(plan.partition(k));
                stale(attachment.staleness().ofLocked(plan.partition(k)));
            }
            stale(attachment.staleness().ofLockFree(plan.lockFreeArrays(), true));
            final DensePull pull = new DensePull(attachment.reading(), attachment.copies(), plan);
            pull.set(0, old);
            pull.copyAsItIs();
            final Object updated = call(function, old);
            final Object values = Operands.values(updated, attachment.scope());
            target.checkOperand("the result of the update function", values);
            attachment
                    .updates(target.spec().elementType())
                    .checkFinite(target.array(), values, target.first(), target.count());
            final Object rounded = rounded(values);
            store(values, rounded);
            Reference.reachabilityFence(updated);
            stored = true;
            Operands.done(updated, attachment.scope());
            return rounded == null ? updated : rounded;
        } finally {
            attachment.change().rollback(); // if it throws, the locks must stay
            locks.release();
        }
    }

    /**
     * Where the values go as they are stored: of the 16-bit types, which are rounded, and a Java array or buffer like
     * what is stored.
     */
    private Object rounded(final Object updated) {
        final ElementAccess<?> access = ElementAccesses.of(target.spec().elementType());
        if (access.type().sizeBytes() != Short.BYTES) {
            return null;
        }
        final float[] values = (float[]) access.allocate(target.count());
        return access.isCarrier(updated) ? values : FloatBuffer.wrap(values);
    }

    private void stale(final long known) {
        staleness = Math.max(staleness, known);
    }

    private Object call(final BiFunction<String, Object, ?> function, final Object old) {
        attachment.scope().enter();
        try {
            return function.apply(target.name(), old);
        } finally {
            attachment.scope().leave();
        }
    }

    /** Stores what was returned. A rollback must follow, before a lock is freed. */
    private void store(final Object updated, final Object rounded) {
        final BlockUpdate<?> assign = attachment.updates(target.spec().elementType());
        final PartitionChange change = target.spec().mode().isLocked() ? attachment.change() : null;
        for (int k = 0; k < plan.partitionCount(); k++) {
            final int first = plan.pieces(k)[0].first();
            final int count = plan.pieces(k)[0].count();
            if (change == null) {
                assign.update(
                        target.array(), first, count, updated, target.first(), Updates.assign(), 0, null, rounded);
                continue;
            }
            change.begin(plan.partition(k));
            assign.update(target.array(), first, count, updated, target.first(), Updates.assign(), 0, change, rounded);
            change.commit();
            attachment.staleness().changed(plan.partition(k), true);
        }
    }
}
