package org.shmarrays.internal.access;

import org.shmarrays.update.ChunkFunction;

/**
 * The chunks of the only target of a plan, and which of them are changed together, for pushes by code that changes the
 * memory itself: what each push uses again, so that pushes allocate nothing. For one thread, and one call at a time.
 */
public final class PlannedChunks {
    private final Attachment attachment;
    private final AccessPlan plan;
    private final ChunkGroups groups;
    private final ChunkMemory memory;
    private ChunkRound idle;

    private PlannedChunks(
            final Attachment attachment, final AccessPlan plan, final ChunkGroups groups, final ChunkMemory memory) {
        this.attachment = attachment;
        this.plan = plan;
        this.groups = groups;
        this.memory = memory;
    }

    /** Each chunk is changed alone. */
    PlannedChunks(final Attachment attachment, final AccessPlan plan) {
        this(attachment, plan, ChunkGroups.none(plan.partitionCount()), new ChunkMemory(attachment, plan));
    }

    /** The same chunks, of which some are changed together; parameters as of {@link ChunkGroups#with}. */
    public PlannedChunks withGroup(final int from, final int to, final ChunkFunction.Group group) {
        return new PlannedChunks(attachment, plan, groups.with(from, to, group), memory);
    }

    AccessPlan plan() {
        return plan;
    }

    public Target target() {
        return plan.targets()[0];
    }

    public ChunkMemory memory() {
        return memory;
    }

    /** A round to use; one that has thrown is not given back, because its exception may resume it. */
    ChunkRound takeRound() {
        final ChunkRound round = idle == null ? new ChunkRound(attachment, plan, groups, memory) : idle;
        idle = null;
        return round;
    }

    void giveBack(final ChunkRound round) {
        idle = round;
    }
}
