package org.shmarrays.internal.access;

import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.Segment;

/**
 * Reads an array piece by piece, a piece for each of its partitions, so that nowhere there need be room for the whole:
 * for those who look at values or store them. In the locked modes each piece is as it was at one instant; the instants
 * differ. For the handle's thread; it needs no slot.
 */
public final class ArrayPieces {
    private final Attachment attachment;
    private final Segment segment;
    private byte[] bytes = new byte[0];

    /** Of a handle. */
    public ArrayPieces(final Attachment attachment) {
        attachment.checkCallable();
        this.attachment = attachment;
        this.segment = attachment.segment();
    }

    /**
     * Takes the pieces of an array, from its first element to its last.
     *
     * @param <E> what it throws, to whoever reads
     */
    @FunctionalInterface
    public interface Taker<E extends Exception> {
        /**
         * Takes a piece.
         *
         * @param bytes the elements as they lie in memory, in native byte order; another piece's after the call
         * @param lengthBytes how many of the bytes
         */
        void take(byte[] bytes, int lengthBytes) throws E;
    }

    /**
     * Reads an array or an alias.
     *
     * @param <E> what the taker throws
     * @throws IllegalArgumentException if the segment has none of this name
     * @throws org.shmarrays.errors.TornReadException if a handle without a slot finds no instant at which a piece is
     *     whole, before the lock timeout
     * @throws org.shmarrays.errors.DamagedPartitionException if a partition is damaged
     */
    public <E extends Exception> void read(final String name, final Taker<E> taker) throws E {
        final SegmentLayout layout = segment.layout();
        final Target target = Target.of(layout, segment.name(), name);
        final MappedFile file = segment.file(target.array().region(), 0);
        for (int p = target.array().firstPartition(); p < target.array().partitionsEnd(); p++) {
            final PartitionLayout partition = layout.partitions().get(p);
            final int start = Math.max(target.start(), partition.offset());
            final int length = Math.min(target.end(), partition.end()) - start;
            if (length > 0) {
                copy(new PieceSpan(name, p, file, start, length));
                taker.take(bytes, length);
            }
        }
    }

    private void copy(final PieceSpan span) {
        if (bytes.length < span.length) {
            bytes = new byte[span.length];
        }
        attachment.enter();
        try {
            new Pull(attachment.reading(), span, 1).copyAll();
        } catch (final Throwable e) {
            attachment.failed(e);
            throw e;
        } finally {
            attachment.leave();
        }
    }

    /** The part of an array in one partition. */
    private final class PieceSpan extends PartitionSpan {
        private final MappedFile file;
        private final int start;
        private final int length;

        PieceSpan(final String name, final int partition, final MappedFile file, final int start, final int length) {
            super(name, partition);
            this.file = file;
            this.start = start;
            this.length = length;
        }

        @Override
        public void copy() {
            file.atomic().getBytes(start, bytes, 0, length);
        }
    }
}
