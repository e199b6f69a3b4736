package org.shmarrays.internal.segment;

import java.util.UUID;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.PartitionLayout;
import org.shmarrays.internal.layout.RegionLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.layout.UndoArea;
import org.shmarrays.internal.layout.UndoSizes;

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
            final Segment segment, final int partition, final UndoArea area, final long validBytes, final Step step) {
        final int region = segment.layout().partitions().get(partition).region();
        final int window = segment.layout().undoWindow(partition);
        int entry = 0;
        while (entry < validBytes) {
            final int file = area.entryFile(window, entry);
            final int offset = area.entryOffset(window, entry);
            final int lengthBytes = area.entryBytes(window, entry);
            step.reached();
            if (file == UndoArea.STEP_FILE) {
                segment.steps().stepsPlain(offset, area.savedSteps(window, entry));
            } else {
                area.putBack(window, entry, segment.file(region, file).atomic(), offset, lengthBytes);
            }
            entry += UndoSizes.entryLength(lengthBytes);
        }
    }

    /**
     * True if every entry lies in the partition's window and belongs to the partition, so that putting it back harms
     * nothing else.
     */
    static boolean isSound(final Segment segment, final int partition, final UndoArea area, final long validBytes) {
        if (validBytes < 0 || validBytes > segment.layout().undoWindowLength()) {
            return false;
        }
        final PartitionLayout layout = segment.layout().partitions().get(partition);
        final RegionLayout region = segment.layout().regions().get(layout.region());
        final int window = segment.layout().undoWindow(partition);
        long entry = 0;
        while (entry < validBytes) {
            if (entry + UndoSizes.ENTRY_HEADER_LENGTH > validBytes) {
                return false;
            }
            final int file = area.entryFile(window, (int) entry);
            final int offset = area.entryOffset(window, (int) entry);
            final int lengthBytes = area.entryBytes(window, (int) entry);
            final boolean fits = file == UndoArea.STEP_FILE
                    ? lengthBytes == Long.BYTES && isPieceOf(segment.layout(), partition, offset)
                    : file >= 0
                            && file <= region.stateCount()
                            && lengthBytes > 0
                            && offset >= layout.offset() * region.scale(file)
                            && (long) offset + lengthBytes <= layout.end() * region.scale(file);
            if (!fits || entry + UndoSizes.entryLength(lengthBytes) > validBytes) {
                return false;
            }
            entry += UndoSizes.entryLength(lengthBytes);
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
    static boolean belongsTo(final UndoArea area, final UUID uid) {
        return area.uidHigh() == uid.getMostSignificantBits() && area.uidLow() == uid.getLeastSignificantBits();
    }
}
