package org.shmarrays.internal.kernel;

import java.nio.ByteBuffer;
import org.shmarrays.internal.segment.MappedFile;

/**
 * Has the processor fetch rows that are about to be used, many at the same time, by reading of each cache line: who works row
 * by row waits for the lines of each, the more so with a lock's fences between two rows. For one thread.
 */
final class RowPrefetch {
    /** So much is fetched ahead at most: less than the first cache holds. */
    static final int MOST_BYTES = 16 << 10;

    /** The processor finds out by itself how longer rows go on. */
    private static final int LONGEST_ROW_BYTES = 4 << 10;

    private static final int LINE_LENGTH = 64;

    private int sum;

    /** How many rows to fetch before they are used, of which each takes so many bytes in so many files; 0 for none. */
    static int rowsAhead(final int rowBytes, final int files) {
        return rowBytes > LONGEST_ROW_BYTES ? 0 : Math.max(1, MOST_BYTES / (rowBytes * files));
    }

    /** Fetches the lines in which bytes of a file lie. */
    void fetch(final MappedFile file, final int offset, final int lengthBytes) {
        final ByteBuffer bytes = file.bytes();
        int read = 0;
        for (int at = offset; at < offset + lengthBytes; at += LINE_LENGTH) {
            read += bytes.get(at);
        }
        sum += read; // a use, or the compiler leaves the loop out
    }
}
