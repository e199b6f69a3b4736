package org.shmarrays.internal.access;

/**
 * The access to the same arrays again and again: its plan, and a read and a push that each call uses again, so that
 * calls allocate nothing. For one thread, and one call at a time.
 */
public final class PlannedAccess {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final DensePull pull;
    private final boolean keepsArrays;
    private DensePush idle;

    /**
     * An access.
     *
     * @param keepsArrays whether what was pushed and read last stays referred to until the next call: who uses the same arrays again
     *     and again saves the collector's barriers
     */
    PlannedAccess(final Attachment attachment, final AccessPlan plan, final boolean keepsArrays) {
        this.keepsArrays = keepsArrays;
        this.attachment = attachment;
        this.plan = plan;
        this.pull = new DensePull(attachment.reading(), attachment.copies(), plan);
    }

    public AccessPlan plan() {
        return plan;
    }

    DensePull pull() {
        return pull;
    }

    /**
     * A push to use; who does not give it back, because it has thrown, leaves it to the exception, which may resume
     * it.
     */
    DensePush takePush() {
        final DensePush push = idle == null ? new DensePush(attachment, plan) : idle;
        idle = null;
        return push;
    }

    void giveBack(final DensePush push) {
        if (!keepsArrays) {
            push.clear();
        }
        idle = push;
    }

    void giveBackPull() {
        if (!keepsArrays) {
            pull.clear();
        }
    }
}
