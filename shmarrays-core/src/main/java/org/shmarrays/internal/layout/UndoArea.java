package org.shmarrays.internal.layout;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;

/**
 * The undo area of a slot: which partition its worker is changing, and the bytes as they were before.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                   uid of the creation, high                   |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                   uid of the creation, low                    |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |         partition + 1, or 0 when the area is not armed        |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |             the odd version which the change has set          |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |             bytes of entries that are valid                   |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                        unused, to 128 bytes                  ...
 *  +---------------------------------------------------------------+
 *  |                            windows                           ...
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>The entries of a change lie without gaps in a window, whose number is that of the partition, modulo the
 * number of windows. Windows overlap: there is one change at a time. {@link UndoSizes} has the lengths. An entry:
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  | file: 0 the values, k + 1 state array k from 0, -1 a step count |
 *  +---------------------------------------------------------------+
 *  |   offset of the bytes in that file, or number of the piece    |
 *  +---------------------------------------------------------------+
 *  |          number of the bytes                                  |
 *  +---------------------------------------------------------------+
 *  |          unused                                               |
 *  +---------------------------------------------------------------+
 *  |          the bytes, padded to a multiple of 8                ...
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>An entry is named by its window and its position, which is the number of bytes of the entries before it; offsets
 * in the area do not leave this class.
 *
 * <p>The owner of the slot writes it, and who repairs what a dead owner left disarms it. What lies behind the valid
 * bytes, and the version and the valid bytes of an area that is not armed, mean nothing.
 */
public final class UndoArea {
    /** What an entry names as its file when it holds the step count of a piece. */
    public static final int STEP_FILE = -1;

    private static final int UID_HIGH_OFFSET = 0;
    private static final int UID_LOW_OFFSET = UID_HIGH_OFFSET + Long.BYTES;
    private static final int PARTITION_OFFSET = UID_LOW_OFFSET + Long.BYTES;
    private static final int VERSION_OFFSET = PARTITION_OFFSET + Long.BYTES;
    private static final int VALID_BYTES_OFFSET = VERSION_OFFSET + Long.BYTES;

    private static final int ENTRY_FILE_OFFSET = 0;
    private static final int ENTRY_OFFSET_OFFSET = ENTRY_FILE_OFFSET + Integer.BYTES;
    private static final int ENTRY_LENGTH_OFFSET = ENTRY_OFFSET_OFFSET + Integer.BYTES;

    private final AtomicBuffer buffer;
    private final int windowStride;

    /** The area in the file {@code buffer} of a segment of this layout. */
    public UndoArea(final AtomicBuffer buffer, final SegmentLayout layout) {
        this.buffer = buffer;
        this.windowStride = layout.undoWindowStride();
    }

    private int at(final int window, final int position) {
        return UndoSizes.HEADER_LENGTH + window * windowStride + position;
    }

    public long uidHigh() {
        return buffer.getLong(UID_HIGH_OFFSET);
    }

    public long uidLow() {
        return buffer.getLong(UID_LOW_OFFSET);
    }

    public void uid(final long high, final long low) {
        buffer.putLong(UID_HIGH_OFFSET, high);
        buffer.putLong(UID_LOW_OFFSET, low);
    }

    /** The partition being changed, or -1. */
    public int partitionAcquire() {
        return (int) buffer.getLongAcquire(PARTITION_OFFSET) - 1;
    }

    public void partitionRelease(final int partition) {
        buffer.putLongRelease(PARTITION_OFFSET, partition + 1L);
    }

    public long version() {
        return buffer.getLong(VERSION_OFFSET);
    }

    /** Release: an odd version before it, which may be this worker's own, must have its armed area until it is even. */
    public void versionRelease(final long version) {
        buffer.putLongRelease(VERSION_OFFSET, version);
    }

    public long validBytesAcquire() {
        return buffer.getLongAcquire(VALID_BYTES_OFFSET);
    }

    public void validBytesRelease(final long validBytes) {
        buffer.putLongRelease(VALID_BYTES_OFFSET, validBytes);
    }

    /** File whose bytes an entry holds: 0 for the values, k + 1 for state array k, or {@link #STEP_FILE}. */
    public int entryFile(final int window, final int position) {
        return buffer.getInt(at(window, position) + ENTRY_FILE_OFFSET);
    }

    /** Offset in that file, or number of the piece whose step count the entry holds. */
    public int entryOffset(final int window, final int position) {
        return buffer.getInt(at(window, position) + ENTRY_OFFSET_OFFSET);
    }

    /** Number of the saved bytes. */
    public int entryBytes(final int window, final int position) {
        return buffer.getInt(at(window, position) + ENTRY_LENGTH_OFFSET);
    }

    /** Plain: {@link #validBytesRelease} publishes it, when the bytes are saved. */
    public void entry(final int window, final int position, final int file, final int offset, final int lengthBytes) {
        final int entry = at(window, position);
        buffer.putInt(entry + ENTRY_FILE_OFFSET, file);
        buffer.putInt(entry + ENTRY_OFFSET_OFFSET, offset);
        buffer.putInt(entry + ENTRY_LENGTH_OFFSET, lengthBytes);
    }

    /** Saves bytes of a file in an entry. */
    public void save(
            final int window, final int position, final DirectBuffer source, final int offset, final int lengthBytes) {
        buffer.putBytes(at(window, position) + UndoSizes.ENTRY_HEADER_LENGTH, source, offset, lengthBytes);
    }

    /** Saves a step count in an entry. */
    public void saveSteps(final int window, final int position, final long steps) {
        buffer.putLong(at(window, position) + UndoSizes.ENTRY_HEADER_LENGTH, steps);
    }

    /** Copies the saved bytes of an entry to where they were. */
    public void putBack(
            final int window,
            final int position,
            final MutableDirectBuffer target,
            final int offset,
            final int lengthBytes) {
        target.putBytes(offset, buffer, at(window, position) + UndoSizes.ENTRY_HEADER_LENGTH, lengthBytes);
    }

    /** The step count that an entry holds. */
    public long savedSteps(final int window, final int position) {
        return buffer.getLong(at(window, position) + UndoSizes.ENTRY_HEADER_LENGTH);
    }
}
