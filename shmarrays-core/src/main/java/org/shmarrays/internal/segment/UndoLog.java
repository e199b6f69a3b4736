package org.shmarrays.internal.segment;

import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.UndoDescriptor;

/**
 * The entries of an undo area, read back: by the worker that wrote them, while it holds the partition's lock, or by one
 * that repairs what it left, while the lock has the dead one's token. Putting them back may be done any number of
 * times, and in any order, because no two entries hold the same byte. What is put back is stored plainly; a release of
 * the version must follow.
 */
final class UndoLog {
    private UndoLog() {}

    /**
     * Puts the old bytes of a partition back, and the old step counts of its pieces. Entries are not checked here:
     * those of others must be {@linkplain #isSound sound}.
     *
     * @param step of the protocol, which is done once for each entry
     */
    static void putBack(
            final Segment segment,
            final int partition,
            final UnsafeBuffer area,
            final long validBytes,
            final Step step) {
        final int region = segment.layout().partitions().get(partition).region();
        int entry = segment.layout().undoWindow(partition);
        final long end = entry + validBytes;
        while (entry < end) {
            final int file = UndoDescriptor.entryFile(area, entry);
            final int offset = UndoDescriptor.entryOffset(area, entry);
            final int lengthBytes = UndoDescriptor.entryBytes(area, entry);
            final int saved = entry + UndoDescriptor.ENTRY_HEADER_LENGTH;
            step.reached();
            if (file == UndoDescriptor.STEP_FILE) {
                segment.control().putLong(segment.controlLayout().step(offset), area.getLong(saved));
            } else {
                segment.file(region, file).atomic().putBytes(offset, area, saved, lengthBytes);
            }
            entry += UndoDescriptor.entryLength(lengthBytes);
        }
    }

    /**
     * True if every entry lies in the partition's window and belongs to the partition, so that putting it back harms
     * nothing else.
     */
    static boolean isSound(final Segment segment, final int partition, final UnsafeBuffer area, final long validBytes) {
        if (validBytes < 0 || validBytes > segment.layout().undoWindowLength()) {
            return false;
        }
        final PartitionLayout layout = segment.layout().partitions().get(partition);
        final RegionLayout region = segment.layout().regions().get(layout.region());
        long entry = segment.layout().undoWindow(partition);
        final long end = entry + validBytes;
        while (entry < end) {
            if (entry + UndoDescriptor.ENTRY_HEADER_LENGTH > end) {
                return false;
            }
            final int file = UndoDescriptor.entryFile(area, (int) entry);
            final int offset = UndoDescriptor.entryOffset(area, (int) entry);
            final int lengthBytes = UndoDescriptor.entryBytes(area, (int) entry);
            final boolean fits = file == UndoDescriptor.STEP_FILE
                    ? lengthBytes == Long.BYTES && isPieceOf(segment.layout(), partition, offset)
                    : file >= 0
                            && file <= region.stateCount()
                            && lengthBytes > 0
                            && offset >= layout.offset() * region.scale(file)
                            && (long) offset + lengthBytes <= layout.end() * region.scale(file);
            if (!fits || entry + UndoDescriptor.entryLength(lengthBytes) > end) {
                return false;
            }
            entry += UndoDescriptor.entryLength(lengthBytes);
        }
        return true;
    }

    private static boolean isPieceOf(final SegmentLayout layout, final int partition, final int piece) {
        for (final int index : layout.arraysOf(partition)) {
            final ArrayLayout array = layout.arrays().get(index);
            if (layout.piece(array, partition) == piece) {
                return true;
            }
        }
        return false;
    }

    /** True if the area was made for the segment of this uid. */
    static boolean belongsTo(final UnsafeBuffer area, final UUID uid) {
        return UndoDescriptor.uidHigh(area) == uid.getMostSignificantBits()
                && UndoDescriptor.uidLow(area) == uid.getLeastSignificantBits();
    }
}
