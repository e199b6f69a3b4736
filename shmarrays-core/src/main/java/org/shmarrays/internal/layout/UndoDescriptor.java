package org.shmarrays.internal.layout;

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
 * number of windows. Windows overlap: there is one change at a time. An entry:
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
 * <p>The owner of the slot writes it, and who repairs what a dead owner left disarms it. What lies behind the valid
 * bytes, and the version and the valid bytes of an area that is not armed, mean nothing.
 */
public final class UndoDescriptor {
    /**
     * Old bytes are saved in blocks of at most so many: what is saved is still in the first-level cache when it is
     * changed.
     */
    public static final int BLOCK_LENGTH = 4 * 1024;

    /**
     * Bytes of a block that a kernel changes, where it comes from memory: of all files together, but so many of each
     * at least.
     */
    private static final int KERNEL_BLOCK_LENGTH = 2 * 1024;

    private static final int MIN_KERNEL_BLOCK_LENGTH = 1024;

    /** Values and state arrays of so many bytes are in some cache when they are changed. */
    private static final int CACHED_LENGTH = 8 << 20;

    /**
     * How many bytes an area has beyond one window: changes of successive partitions go round in it. Where
     * each came to the same lines, which are in the second-level cache then, saving would cost twice as much.
     */
    private static final int MOST_SLACK = 768 << 10;

    /** What areas of so many workers have more is no more than the data. */
    private static final int AREAS_LIKE_DATA = 64;

    /** Length of the header; windows begin behind it. */
    public static final int HEADER_LENGTH = 128;

    /** Length of an entry without its bytes. */
    public static final int ENTRY_HEADER_LENGTH = 16;

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

    private UndoDescriptor() {}

    /** Bytes that the entry of a run of {@code lengthBytes} takes. */
    public static int entryLength(final int lengthBytes) {
        return ENTRY_HEADER_LENGTH + ((lengthBytes + Long.BYTES - 1) & -Long.BYTES);
    }

    /**
     * Bytes in each file of a block that a kernel changes. Where memory is waited for, it is short, so that a
     * processor works on several at a time, and what is fetched ahead finds room in the first-level cache beside the
     * block, its copy and its gradient.
     *
     * @param files 1 and the number of state arrays
     * @param dataLength bytes of all values and state arrays
     */
    static int kernelBlockLength(final int files, final long dataLength) {
        return dataLength <= CACHED_LENGTH
                ? BLOCK_LENGTH
                : Math.max(MIN_KERNEL_BLOCK_LENGTH, Integer.highestOneBit(KERNEL_BLOCK_LENGTH / files));
    }

    /**
     * Bytes that the entries of a change may take at most: of {@code lengthBytes} in each of {@code files} files, in
     * {@code runCount} runs, each of them saved in blocks of {@code blockLength}.
     */
    static long entriesLength(final long lengthBytes, final int runCount, final int files, final int blockLength) {
        final long blocks = lengthBytes / blockLength + runCount;
        return files * (lengthBytes + blocks * (ENTRY_HEADER_LENGTH + Long.BYTES - 1));
    }

    /**
     * Bytes from a window to the next one: what a change of the values alone takes. Windows overlap, because an area
     * has one change at a time.
     */
    static int windowStride(final int windowLength, final int files) {
        return (int) RegionDescriptor.alignUp(windowLength / files);
    }

    /**
     * Number of the windows of an area.
     *
     * @param dataLength bytes of all values and state arrays
     */
    static int windowCount(final int windowStride, final long dataLength) {
        final long slack = dataLength <= CACHED_LENGTH ? 0 : Math.min(MOST_SLACK, dataLength / AREAS_LIKE_DATA);
        return windowStride == 0 ? 1 : 1 + (int) (slack / windowStride);
    }

    public static long uidHigh(final AtomicBuffer buffer) {
        return buffer.getLong(UID_HIGH_OFFSET);
    }

    public static long uidLow(final AtomicBuffer buffer) {
        return buffer.getLong(UID_LOW_OFFSET);
    }

    public static void uid(final AtomicBuffer buffer, final long high, final long low) {
        buffer.putLong(UID_HIGH_OFFSET, high);
        buffer.putLong(UID_LOW_OFFSET, low);
    }

    /** The partition being changed, or -1. */
    public static int partitionAcquire(final AtomicBuffer buffer) {
        return (int) buffer.getLongAcquire(PARTITION_OFFSET) - 1;
    }

    public static void partitionRelease(final AtomicBuffer buffer, final int partition) {
        buffer.putLongRelease(PARTITION_OFFSET, partition + 1L);
    }

    public static long version(final AtomicBuffer buffer) {
        return buffer.getLong(VERSION_OFFSET);
    }

    /** Release: an odd version before it, which may be this worker's own, must have its armed area until it is even. */
    public static void versionRelease(final AtomicBuffer buffer, final long version) {
        buffer.putLongRelease(VERSION_OFFSET, version);
    }

    public static long validBytesAcquire(final AtomicBuffer buffer) {
        return buffer.getLongAcquire(VALID_BYTES_OFFSET);
    }

    public static void validBytesRelease(final AtomicBuffer buffer, final long validBytes) {
        buffer.putLongRelease(VALID_BYTES_OFFSET, validBytes);
    }

    public static int entryFile(final AtomicBuffer buffer, final int entry) {
        return buffer.getInt(entry + ENTRY_FILE_OFFSET);
    }

    public static int entryOffset(final AtomicBuffer buffer, final int entry) {
        return buffer.getInt(entry + ENTRY_OFFSET_OFFSET);
    }

    public static int entryBytes(final AtomicBuffer buffer, final int entry) {
        return buffer.getInt(entry + ENTRY_LENGTH_OFFSET);
    }

    public static void entry(
            final AtomicBuffer buffer, final int entry, final int file, final int offset, final int lengthBytes) {
        buffer.putInt(entry + ENTRY_FILE_OFFSET, file);
        buffer.putInt(entry + ENTRY_OFFSET_OFFSET, offset);
        buffer.putInt(entry + ENTRY_LENGTH_OFFSET, lengthBytes);
    }
}
