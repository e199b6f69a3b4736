package org.shmarrays.internal.access;

import org.shmarrays.internal.access.AccessPlan.Piece;
import org.shmarrays.internal.access.ChunkGroups.Group;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.update.ChunkFunction;

/**
 * The spans of a push by code that changes the memory itself, each chunk under its lock, and the chunks of a group
 * under the locks of all of them, which are taken in ascending order. The old bytes of a whole chunk are saved before
 * the code is called. May be used again after its push has returned, and allocates nothing then.
 */
final class ChunkRound implements PushSpans {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final Push push;
    private final Target target;
    private final ChunkGroups groups;
    private final ChunkMemory memory;
    private final HeldLocks locks;
    private final Runnable pushed = () -> this.function.pushed();
    private ChunkFunction function;

    ChunkRound(final Attachment attachment, final AccessPlan plan, final ChunkGroups groups, final ChunkMemory memory) {
        this.attachment = attachment;
        this.plan = plan;
        this.target = plan.targets()[0];
        this.groups = groups;
        this.memory = memory;
        this.locks = new HeldLocks(attachment.lock());
        final LastCall last = new LastCall(attachment, "pushed() of a chunk function");
        last.set(pushed);
        this.push =
                new Push(attachment, this, "this partition keeps what the function stored before the failure", last);
        push.take(plan, "chunk function", true, null, true); // the function sees the values
    }

    /** Takes a function for the chunks that are in no group; returns the push, which is to be run. */
    Push prepare(final ChunkFunction chunkFunction) {
        function = chunkFunction;
        push.begin(plan.partitionCount(), null);
        return push;
    }

    @Override
    public boolean hasGroups() {
        return groups.any();
    }

    @Override
    public boolean updateTogether(final int k, final boolean mayWait) {
        if (groups.of(k) == null) {
            return false;
        }
        if (plan.mode(k).isLocked()) {
            updateLocked(groups.of(k), mayWait);
        } else {
            updateLockFree(groups.of(k));
        }
        return true;
    }

    private void updateLockFree(final Group group) {
        prepare(group);
        for (int chunk = group.from(); chunk < group.to(); chunk++) {
            push.goOn(chunk);
            push.updateLockFree(chunk);
        }
        stored(group);
    }

    private void updateLocked(final Group group, final boolean mayWait) {
        try {
            if (!acquire(group, mayWait)) {
                return;
            }
            prepare(group);
            for (int chunk = group.from(); chunk < group.to(); chunk++) {
                push.goOn(chunk);
                push.updateHeld(chunk);
            }
            stored(group);
        } finally {
            attachment.change().rollback(); // if it throws, the locks must stay
            locks.release();
        }
    }

    private boolean acquire(final Group group, final boolean mayWait) {
        for (int chunk = group.from(); chunk < group.to(); chunk++) {
            push.goOn(chunk);
            if (mayWait) {
                locks.acquire(plan.partition(chunk));
            } else if (!locks.acquireIfFree(plan.partition(chunk))) {
                return false;
            }
        }
        return true;
    }

    private void prepare(final Group group) {
        push.goOn(group.from());
        push.spoilt(true);
        attachment.scope().enter();
        try {
            group.code().prepare();
        } finally {
            attachment.scope().leave();
        }
    }

    private void stored(final Group group) {
        attachment.scope().enter();
        try {
            group.code().stored();
        } finally {
            attachment.scope().leave();
        }
        push.spoilt(false);
    }

    @Override
    public void update(final int k, final PartitionChange change, final boolean goesOn) {
        final Piece chunk = memory.piece(k);
        final Group group = groups.of(k);
        final ChunkFunction code = group == null ? function : group.code();
        memory.open(k, change);
        try {
            Step.U11.reached();
            push.spoilt(true);
            code.update(k, chunk.first() - target.first(), chunk.count());
        } finally {
            memory.close();
        }
        memory.checkStored(k);
        push.spoilt(group != null); // which ends with stored()
    }

    @Override
    public void count(final AccessCounters counters) {
        counters.update(plan);
    }

    @Override
    public void reopen() {}
}
