package org.shmarrays.internal.access;

import java.util.Objects;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.access.AccessPlan.Piece;
import org.shmarrays.internal.kernel.BlockUpdate;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.layout.ElementType;

/**
 * The chunks of a push in the shared memory: copies out of them and into them, and which chunk code of others may store
 * into. All pushes that were made of one by {@link PlannedChunks#withGroup} have the same one. For the
 * thread of the handle.
 */
public final class ChunkMemory {
    private static final int NONE = -1;

    private final Attachment attachment;
    private final AccessPlan plan;
    private final Target target;
    private final BlockUpdate<?> updates;

    /** The chunk that code of others changes now. */
    private int open = NONE;

    ChunkMemory(final Attachment attachment, final AccessPlan plan) {
        this.attachment = attachment;
        this.plan = plan;
        this.target = plan.targets()[0];
        this.updates = attachment.updates(target.spec().elementType());
    }

    public int chunkCount() {
        return plan.partitionCount();
    }

    /** First element of a chunk, counted in the target. */
    public int first(final int chunk) {
        return piece(chunk).first() - target.first();
    }

    /** Number of elements of a chunk. */
    public int elementCount(final int chunk) {
        return piece(chunk).count();
    }

    /** The part of the array in a chunk. */
    Piece piece(final int chunk) {
        return plan.pieces(Objects.checkIndex(chunk, chunkCount()))[0];
    }

    /** Saves the old bytes of a chunk, and lets it be stored into; {@link #close} must follow. */
    void open(final int chunk, final PartitionChange change) {
        if (change != null) {
            final Piece piece = piece(chunk);
            updates.save(target.array(), piece.first(), piece.count(), change);
        }
        open = chunk;
    }

    /** Nothing may be stored any more. */
    void close() {
        open = NONE;
    }

    /**
     * Throws if a chunk, or its state, is not finite, and the settings reject that.
     *
     * @throws org.shmarrays.errors.NonFiniteValueException if an element is NaN or infinite
     */
    void checkStored(final int chunk) {
        final Piece piece = piece(chunk);
        updates.checkStored(target.array(), piece.first(), piece.count());
    }

    /**
     * Copies a chunk into a Java array.
     *
     * @param file 0 for the values, k + 1 for state array k
     */
    public void load(final int chunk, final int file, final Object into, final int index) {
        attachment.checkUsable();
        final Piece piece = piece(chunk);
        checkCarrier(file, Target.DESTINATION, into, index, piece.count());
        updates.load(target.array(), file, piece.first(), piece.count(), into, index);
    }

    /**
     * Copies a Java array into a chunk; {@code file} as of {@link #load}.
     *
     * @throws IllegalStateException if the array is of the locked family, and no code is called to change the chunk
     */
    public void store(final int chunk, final int file, final Object from, final int index) {
        attachment.checkUsable();
        final Piece piece = piece(chunk);
        checkCarrier(file, "the source", from, index, piece.count());
        // A segment that is still being created is known to no other worker.
        if (target.spec().mode().isLocked()
                && chunk != open
                && attachment.segment().isPublished()) {
            throw new IllegalStateException("a chunk of a locked array can be stored only while a push calls the"
                    + " function for it: name=" + Printable.text(target.name()) + ", chunk=" + chunk
                    + (open == NONE ? ", no call in progress" : ", call in progress for chunk " + open));
        }
        updates.store(target.array(), file, piece.first(), piece.count(), from, index);
    }

    private void checkCarrier(
            final int file, final String what, final Object carrier, final int index, final int count) {
        final ElementType stored = target.fileType(file);
        if (!ElementAccesses.of(stored).isCarrier(carrier)) {
            throw new IllegalArgumentException(what + " is not a Java array of the chunk's type: name="
                    + Printable.text(target.name()) + ", type=" + stored + ", expected="
                    + stored.carrier().getSimpleName() + ", given="
                    + (carrier == null ? null : carrier.getClass().getSimpleName()));
        }
        final int length = java.lang.reflect.Array.getLength(carrier);
        if (index < 0 || count > length - index) {
            throw new IllegalArgumentException(what + " is too short for the chunk: name="
                    + Printable.text(target.name()) + ", index=" + index + ", elements=" + count + ", length="
                    + length);
        }
    }
}
