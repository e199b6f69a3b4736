package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * A data file, or the file of a state array.
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
 *  |                        unused, to 64 bytes                   ...
 *  +---------------------------------------------------------------+
 *  |                            arrays                            ...
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class RegionDescriptor {
    /** Length of the header; the first array lies behind it. */
    public static final int HEADER_LENGTH = 64;

    /** Each array begins at a multiple of this. */
    public static final int ARRAY_ALIGNMENT = 64;

    private static final int UID_HIGH_OFFSET = 0;
    private static final int UID_LOW_OFFSET = UID_HIGH_OFFSET + Long.BYTES;

    private RegionDescriptor() {}

    /**
     * The least multiple of {@link #ARRAY_ALIGNMENT} that is not less than an offset or a length. Between an array's
     * end and this lies padding: an update of the array's end may change it, and no element depends on it.
     */
    public static long alignUp(final long bytes) {
        return (bytes + ARRAY_ALIGNMENT - 1) & -ARRAY_ALIGNMENT;
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
}
