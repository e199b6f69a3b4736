package org.shmarrays;

import org.shmarrays.AccessPlan.Piece;
import org.shmarrays.ChunkGroups.Group;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.Mode;

/**
 * A push by code that changes the memory itself, each chunk under its lock, and the chunks of a group under the locks
 * of all of them, which are taken in ascending order. The old bytes of a whole chunk are saved before the code is
 * called. May be used again after {@link #run} has returned. Allocates nothing then.
 */
final class ChunkRound extends PartitionRound {
    private final AccessPlan plan;
    private final Target target;
    private final ChunkGroups groups;
    private final ChunkMemory memory;
    private final HeldLocks locks;
    private final Runnable pushed = () -> this.function.pushed();
    private ChunkFunction function;

    /** Whether code was called that has not come to its end: then what it works with may be half changed. */
    private boolean isCalled;

    ChunkRound(final Attachment attachment, final AccessPlan plan, final ChunkGroups groups, final ChunkMemory memory) {
        super(attachment);
        this.plan = plan;
        this.target = plan.targets()[0];
        this.groups = groups;
        this.memory = memory;
        this.locks = new HeldLocks(attachment.lock());
    }

    /** Gets ready for {@link #run} with a function for the chunks that are in no group. */
    void prepare(final ChunkFunction chunkFunction) {
        function = chunkFunction;
        isCalled = false;
        begin(plan.partitionCount());
    }

    @Override
    void tryUpdate(final int k, final boolean mayWait) {
        final Group group = groups.of(k);
        if (group == null) {
            super.tryUpdate(k, mayWait);
        } else if (mode(k).isLocked()) {
            updateLocked(group, mayWait);
        } else {
            prepare(group);
            for (int chunk = group.from(); chunk < group.to(); chunk++) {
                goOn(chunk);
                updateLockFree(chunk);
            }
            stored(group);
        }
    }

    private void updateLocked(final Group group, final boolean mayWait) {
        try {
            if (!acquire(group, mayWait)) {
                return;
            }
            prepare(group);
            for (int chunk = group.from(); chunk < group.to(); chunk++) {
                goOn(chunk);
                updateHeld(chunk);
            }
            stored(group);
        } finally {
            attachment().change().rollback(); // if it throws, the locks must stay
            locks.release();
        }
    }

    private boolean acquire(final Group group, final boolean mayWait) {
        for (int chunk = group.from(); chunk < group.to(); chunk++) {
            goOn(chunk);
            if (mayWait) {
                locks.acquire(partition(chunk));
            } else if (!locks.acquireIfFree(partition(chunk))) {
                return false;
            }
        }
        return true;
    }

    private void prepare(final Group group) {
        goOn(group.from());
        isCalled = true;
        attachment().scope().enter();
        try {
            group.code().prepare();
        } finally {
            attachment().scope().leave();
        }
    }

    private void stored(final Group group) {
        attachment().scope().enter();
        try {
            group.code().stored();
        } finally {
            attachment().scope().leave();
        }
        isCalled = false;
    }

    @Override
    void enter(final int k) {}

    @Override
    void update(final int k, final PartitionChange change) {
        final Piece chunk = memory.piece(k);
        final Group group = groups.of(k);
        final ChunkFunction code = group == null ? function : group.code();
        memory.open(k, change);
        try {
            Step.U11.reached();
            isCalled = true;
            code.update(k, chunk.first() - target.first(), chunk.count());
        } finally {
            memory.close();
        }
        memory.checkStored(k);
        isCalled = group != null; // which ends with stored()
    }

    @Override
    boolean isResumable(final int k) {
        return super.isResumable(k) && !isCalled;
    }

    @Override
    int partition(final int k) {
        return plan.partition(k);
    }

    @Override
    Target target(final int k) {
        return target;
    }

    @Override
    Mode mode(final int k) {
        return target.spec().mode();
    }

    @Override
    Object function() {
        return "chunk function";
    }

    @Override
    boolean callsOthers() {
        return true;
    }

    @Override
    String interrupted() {
        return "this partition keeps what the function stored before the failure";
    }

    @Override
    boolean isOrdered() {
        return plan.hasOrdered();
    }

    @Override
    int[] lockFreeArrays() {
        return plan.lockFreeArrays();
    }

    /** The function sees the values. */
    @Override
    boolean isRead() {
        return true;
    }

    @Override
    void count() {
        attachment().counters().update(plan);
    }

    @Override
    void completed() {
        complete(pushed, "pushed() of a chunk function");
    }

    @Override
    void reopen() {}

    @Override
    void done() {}

    @Override
    void suspended() {}
}
