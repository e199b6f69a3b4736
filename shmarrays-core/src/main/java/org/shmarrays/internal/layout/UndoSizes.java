package org.shmarrays.internal.layout;

/**
 * How long an undo area is ({@link UndoArea}), its windows, the entries in them, and the blocks whose bytes they save.
 */
public final class UndoSizes {
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

    private UndoSizes() {}

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
}
