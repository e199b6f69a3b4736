package org.shmarrays.internal.access;

import java.lang.ref.Reference;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.ChunkFunction;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

// Over 300 lines: every call of a handle, with the checks of its arguments.
/**
 * The calls of a handle, each between {@link Attachment#enter} and {@link Attachment#leave}: shared by
 * {@link NamedCalls}, which looks names up, and by those who have done so. For one thread.
 */
public final class Calls {
    private static final int MOST_PLANS = 64;

    private final Attachment attachment;
    private final Map<Set<String>, PlannedAccess> plans = new ConcurrentHashMap<>();
    private final Map<String, RowPlan> rowPlans = new ConcurrentHashMap<>();
    private RowPull rowPull;
    private RowPush rowPush;

    public Calls(final Attachment attachment) {
        this.attachment = attachment;
    }

    public Attachment attachment() {
        return attachment;
    }

    /** What a name stands for. */
    public Target target(final String name) {
        return Target.of(attachment.segment().layout(), attachment.segment().name(), name);
    }

    /** The access to these names; it is made once. */
    public PlannedAccess access(final Set<String> names) {
        final PlannedAccess known = plans.get(names);
        if (known != null) {
            return known;
        }
        final PlannedAccess access = new PlannedAccess(attachment, plan(targets(names)), false);
        if (plans.size() < MOST_PLANS) {
            plans.put(Set.copyOf(names), access);
        }
        return access;
    }

    /** An access of its own to these names. */
    public PlannedAccess accessTo(final Collection<String> names) {
        return accessTo(targets(names));
    }

    private List<Target> targets(final Collection<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException(
                    "no arrays are named: segment=" + attachment.segment().name());
        }
        return names.stream().map(this::target).toList();
    }

    private AccessPlan plan(final List<Target> targets) {
        return AccessPlan.of(attachment.segment().layout(), targets);
    }

    /** An access of its own to these targets. */
    public PlannedAccess accessTo(final List<Target> targets) {
        return new PlannedAccess(attachment, plan(targets), true);
    }

    /** The plan for the rows of an array or alias; it is made once. */
    public RowPlan rowPlan(final String name) {
        final RowPlan known = rowPlans.get(name);
        if (known != null) {
            return known;
        }
        final RowPlan plan = rowPlan(target(name));
        if (rowPlans.size() < MOST_PLANS) {
            rowPlans.put(name, plan);
        }
        return plan;
    }

    /** The plan for the rows of a target. */
    public RowPlan rowPlan(final Target target) {
        return RowPlan.of(attachment.segment().layout(), attachment.segment().name(), target);
    }

    /**
     * Reads.
     *
     * @param into a Java array or buffer for each target of the plan, at {@code order} of its ordinal; without an order
     *     at the ordinal itself
     */
    public void pull(final PlannedAccess access, final Object[] into, final int[] order) {
        attachment.enter();
        try {
            final DensePull pull = access.pull();
            for (int i = 0; i < into.length; i++) {
                pull.set(order == null ? i : order[i], into[i]);
            }
            pull(access);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    /** Reads the only target of a plan. */
    public void pullOne(final PlannedAccess access, final Object into) {
        attachment.enter();
        try {
            access.pull().set(0, into);
            pull(access);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    private static void pull(final PlannedAccess access) {
        try {
            access.pull().run();
            access.pull().done();
        } finally {
            access.giveBackPull();
        }
    }

    /** Reads a state array. */
    public void pullState(final Target target, final int state, final Object into) {
        attachment.enter();
        try {
            target.checkState(state);
            final Object values = Operands.values(into, attachment.scope());
            target.checkDestination(values);
            DensePull.copyState(attachment.segment(), target, state, values);
            Operands.done(into, attachment.scope());
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
            Reference.reachabilityFence(into); // whoever owns the memory that is written lives until here
        }
    }

    /** Assigns; arrays of mode ORDERED only before the first turn. Parameters as of {@link #push}. */
    public void write(final PlannedAccess access, final Object[] values, final int[] order) {
        attachment.enterForUpdate();
        try {
            checkWritable(access.plan());
            final DensePush push = access.takePush();
            for (int i = 0; i < values.length; i++) {
                push.set(order == null ? i : order[i], values[i], null);
            }
            push.prepare(Updates.assign(), false, null, null).run();
            access.giveBack(push);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    private void checkWritable(final AccessPlan plan) {
        if (plan.hasOrdered() && !attachment.orderedPushes().isBeforeFirst()) {
            throw new IllegalStateException("an ORDERED array can't be written after the first turn: segment="
                    + attachment.segment().name() + "; push Updates.assign() instead");
        }
    }

    /**
     * Updates.
     *
     * @param operands one for each target of the plan
     * @param results take the new values, one for each target; null for none
     * @param order where the i-th operand and result belong: ordinals in the plan; null if they stand in its order
     * @param mode HOGWILD or ATOMIC for the arrays of the lock-free family, or null for each array's own
     * @param whenPushed to call in the push when everything is updated, or null
     */
    public void push(
            final PlannedAccess access,
            final Object[] operands,
            final Object[] results,
            final int[] order,
            final UpdateFunction function,
            final Mode mode,
            final Runnable whenPushed) {
        attachment.enterForUpdate();
        try {
            final DensePush push = access.takePush();
            for (int i = 0; i < operands.length; i++) {
                push.set(order == null ? i : order[i], operands[i], results == null ? null : results[i]);
            }
            push(access, push, function, results != null, mode, whenPushed);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    /** Updates the only target of a plan. */
    public void pushOne(
            final PlannedAccess access,
            final Object operand,
            final boolean wantsResult,
            final Object result,
            final UpdateFunction function,
            final Mode mode) {
        attachment.enterForUpdate();
        try {
            final DensePush push = access.takePush();
            push.set(0, operand, result);
            push(access, push, function, wantsResult, mode, null);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    private void push(
            final PlannedAccess access,
            final DensePush push,
            final UpdateFunction function,
            final boolean wantsResults,
            final Mode mode,
            final Runnable whenPushed) {
        inTurn(access.plan(), push.prepare(function, wantsResults, mode, whenPushed));
        access.giveBack(push);
    }

    /** Updates whole arrays. */
    public Map<String, Object> pushWhole(final Collection<String> names, final BiFunction<String, Object, ?> function) {
        final AccessPlan plan = access(Set.copyOf(names)).plan();
        attachment.enterForUpdate();
        try {
            final Map<String, Object> results = new LinkedHashMap<>();
            final List<WholeArrayUpdate> updates = WholeArrayUpdate.plan(attachment, names, plan);
            inTurn(plan, () -> WholeArrayUpdate.runAll(updates, function, results));
            return results;
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    /** Reads rows into the memory of exactly as many; parameters as of {@link RowPull#run}. */
    public void gather(final RowPlan plan, final int[] rows, final Object into) {
        attachment.enter();
        try {
            final RowPull pull = rowPull();
            gather(pull, plan, rows, plan.rowCount(rows, Target.DESTINATION, pull.open(into)));
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    /** Reads the first {@code count} of the rows; parameters as of {@link RowPull#run}. */
    public void gather(final RowPlan plan, final int[] rows, final int count, final Object into) {
        attachment.enter();
        try {
            final RowPull pull = rowPull();
            pull.open(into);
            gather(pull, plan, rows, count);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    private RowPull rowPull() {
        if (rowPull == null) {
            rowPull = new RowPull(attachment);
        }
        return rowPull;
    }

    private static void gather(final RowPull pull, final RowPlan plan, final int[] rows, final int count) {
        try {
            pull.run(plan, rows, count);
            pull.done();
        } finally {
            pull.clear();
        }
    }

    /** Updates rows by the memory of exactly as many; parameters as of {@link RowPush#prepare}. */
    public void scatter(
            final RowPlan plan,
            final int[] rows,
            final Object operand,
            final UpdateFunction function,
            final Mode mode) {
        attachment.enterForUpdate();
        try {
            final RowPush push = takeRowPush();
            scatter(push, plan, rows, plan.rowCount(rows, Target.OPERAND, push.open(operand)), function, mode);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    /** Updates the first {@code count} of the rows; parameters as of {@link RowPush#prepare}. */
    public void scatter(
            final RowPlan plan,
            final int[] rows,
            final int count,
            final Object operand,
            final UpdateFunction function,
            final Mode mode) {
        attachment.enterForUpdate();
        try {
            final RowPush push = takeRowPush();
            push.open(operand);
            scatter(push, plan, rows, count, function, mode);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    private RowPush takeRowPush() {
        final RowPush push = rowPush == null ? new RowPush(attachment) : rowPush;
        rowPush = null; // one that fails is no longer ours: its exception resumes it
        return push;
    }

    private void scatter(
            final RowPush push,
            final RowPlan plan,
            final int[] rows,
            final int count,
            final UpdateFunction function,
            final Mode mode) {
        inTurn(plan.whole(), push.prepare(plan, rows, count, function, mode));
        push.clear();
        rowPush = push;
    }

    /** For pushes by code that changes the memory of the only target of an access. */
    public PlannedChunks chunks(final PlannedAccess access) {
        attachment.checkCallable();
        attachment.checkSlot();
        return new PlannedChunks(attachment, access.plan());
    }

    /** Updates by code that changes the memory. */
    public void push(final PlannedChunks chunks, final ChunkFunction function) {
        attachment.enterForUpdate();
        try {
            final ChunkRound round = chunks.takeRound();
            inTurn(chunks.plan(), round.prepare(function));
            chunks.giveBack(round);
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    private void inTurn(final AccessPlan plan, final Runnable push) {
        attachment.orderedPushes().run(plan, push);
    }

    /** Lets a turn pass. */
    public void skip() {
        attachment.callForUpdate(() -> attachment.orderedPushes().skip());
    }

    /** Waits for this worker's turn, and holds it for a holder until {@link #endTurn}. */
    public void takeTurn(final Object holder) {
        attachment.callForUpdate(() -> attachment.orderedPushes().take());
        attachment.orderedPushes().hold(holder); // an Error before this leaves no turn that is held without a holder
    }

    /** Ends the turn, if this holds it; also if the segment's files were taken away. */
    public void endTurn(final Object holder) {
        if (attachment.orderedPushes().isHeldBy(holder)) {
            attachment.call(() -> attachment.orderedPushes().end());
        }
    }

    /** The memory of a target's values, in native byte order. */
    public ByteBuffer view(final Target target) {
        checkViewable(target);
        return memory(target, 0);
    }

    /** The memory of a target's state array, in native byte order. */
    public ByteBuffer stateView(final Target target, final int state) {
        target.checkState(state);
        checkViewable(target);
        return memory(target, 1 + state);
    }

    /**
     * The memory that code of others changes in a push, in any mode.
     *
     * @param file as of {@link #memory}
     */
    public Buffer chunkView(final Target target, final int file) {
        attachment.checkCallable();
        return ElementAccesses.of(target.fileType(file)).typed(memory(target, file));
    }

    private void checkViewable(final Target target) {
        attachment.checkCallable();
        if (target.spec().mode().takesTurns()) {
            throw new IllegalStateException("an ORDERED array has no views, because they would bypass its turns: name="
                    + Printable.text(target.name()) + "; read it instead");
        }
        if (attachment.hasSlot()) {
            attachment.staleness().view();
        }
    }

    /**
     * The memory of a target in a file of its region.
     *
     * @param file 0 for the values, k + 1 for state array k
     */
    private ByteBuffer memory(final Target target, final int file) {
        final Segment segment = attachment.segment();
        final int region = target.array().region();
        final int scale = segment.layout().regions().get(region).scale(file);
        final ByteBuffer part =
                segment.file(region, file).bytes().slice(target.start() * scale, target.lengthBytes() * scale);
        return (segment.isReadOnly() ? part.asReadOnlyBuffer() : part).order(ByteOrder.nativeOrder());
    }
}
