package org.shmarrays.internal.layout;

import java.nio.ByteOrder;
import java.util.zip.CRC32;
import org.agrona.concurrent.AtomicBuffer;

/**
 * The header of the control file. Offsets do not leave this class. For any thread and process: each method does one
 * access of the memory order in its name, plain if it names none, or says what it does.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                     magic: "SHMARRAY", ASCII                  |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |             layout version, written last, or 0                |
 *  +---------------------------------------------------------------+
 *  |              byte order mark: the int 0x01020304              |
 *  +---------------------------------------------------------------+
 *  |                   uid of the creation, high                   |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                   uid of the creation, low                    |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                  process id of the creator                    |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |               time of creation, ms since 1970                 |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                    length of the control file                 |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                    length of the catalog                      |
 *  +---------------------------------------------------------------+
 *  |                    CRC-32 of the catalog                      |
 *  +---------------------------------------------------------------+
 *  |             CRC-32 of the header up to here, less             |
 *  |                     magic and layout version                  |
 *  +---------------------------------------------------------------+
 *  |                        unused, to 256 bytes                  ...
 *  +---------------------------------------------------------------+
 *  |           state: 0 in use, 1 removed (256 to 383)            ...
 *  +---------------------------------------------------------------+
 *  |                        unused, to 512 bytes                  ...
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>Behind the header, each part at a multiple of 128 bytes: run control ({@link RunControlBlock}), catalog ({@link
 * CatalogCodec}), partition blocks ({@link PartitionTable}), slots ({@link SlotTable}), the counters of each slot's
 * work on each array ({@link SlotArrayTable}), the optimizer's step count of each piece of an array ({@link
 * StepTable}), the histograms of each partition's lock ({@link LockTimesTable}), and the ring of events ({@link
 * EventRing}).
 */
public final class ControlHeader {
    /** The version of everything that {@code docs/format} describes. */
    public static final int LAYOUT_VERSION = 3;

    /** Length of the header. */
    public static final int HEADER_LENGTH = 512;

    /** What one process writes and another reads stands at least so many bytes apart: two cache lines, one prefetch. */
    public static final int LINE_PAIR = 128;

    /** State of a segment that is in use. */
    public static final long STATE_IN_USE = 0;

    /** State of a segment that has been removed: whoever is attached must stop. */
    public static final long STATE_REMOVED = 1;

    private static final byte[] MAGIC = {'S', 'H', 'M', 'A', 'R', 'R', 'A', 'Y'};
    private static final int BYTE_ORDER_MARK = 0x01020304;

    private static final int MAGIC_OFFSET = 0;
    private static final int LAYOUT_VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    private static final int BYTE_ORDER_OFFSET = LAYOUT_VERSION_OFFSET + Integer.BYTES;
    private static final int UID_HIGH_OFFSET = BYTE_ORDER_OFFSET + Integer.BYTES;
    private static final int UID_LOW_OFFSET = UID_HIGH_OFFSET + Long.BYTES;
    private static final int CREATOR_PID_OFFSET = UID_LOW_OFFSET + Long.BYTES;
    private static final int CREATED_MS_OFFSET = CREATOR_PID_OFFSET + Long.BYTES;
    private static final int FILE_LENGTH_OFFSET = CREATED_MS_OFFSET + Long.BYTES;
    private static final int CATALOG_LENGTH_OFFSET = FILE_LENGTH_OFFSET + Long.BYTES;
    private static final int CATALOG_CRC_OFFSET = CATALOG_LENGTH_OFFSET + Integer.BYTES;
    private static final int HEADER_CRC_OFFSET = CATALOG_CRC_OFFSET + Integer.BYTES;
    private static final int STATE_OFFSET = 256;

    /** First byte that the header's checksum covers. */
    private static final int CHECKED_OFFSET = BYTE_ORDER_OFFSET;

    /** Number of bytes that the header's checksum covers. */
    private static final int CHECKED_LENGTH = HEADER_CRC_OFFSET - BYTE_ORDER_OFFSET;

    private final AtomicBuffer buffer;

    /** The header of the control file {@code buffer}. */
    public ControlHeader(final AtomicBuffer buffer) {
        this.buffer = buffer;
    }

    /** The first bytes of each control file. */
    public static byte[] magic() {
        return MAGIC.clone();
    }

    public boolean hasMagic() {
        for (int i = 0; i < MAGIC.length; i++) {
            if (buffer.getByte(MAGIC_OFFSET + i) != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    public void writeMagic() {
        buffer.putBytes(MAGIC_OFFSET, MAGIC);
    }

    public int layoutVersionAcquire() {
        return buffer.getIntAcquire(LAYOUT_VERSION_OFFSET);
    }

    public void layoutVersionRelease(final int version) {
        buffer.putIntRelease(LAYOUT_VERSION_OFFSET, version);
    }

    public boolean hasNativeByteOrder() {
        return buffer.getInt(BYTE_ORDER_OFFSET, ByteOrder.nativeOrder()) == BYTE_ORDER_MARK;
    }

    public long uidHigh() {
        return buffer.getLong(UID_HIGH_OFFSET);
    }

    public long uidLow() {
        return buffer.getLong(UID_LOW_OFFSET);
    }

    public long creatorPid() {
        return buffer.getLong(CREATOR_PID_OFFSET);
    }

    public long createdMs() {
        return buffer.getLong(CREATED_MS_OFFSET);
    }

    public long fileLength() {
        return buffer.getLong(FILE_LENGTH_OFFSET);
    }

    public int catalogLength() {
        return buffer.getInt(CATALOG_LENGTH_OFFSET);
    }

    public int headerCrc() {
        return buffer.getInt(HEADER_CRC_OFFSET);
    }

    /** The checksum of the header as it stands. */
    public int checksum() {
        final byte[] bytes = new byte[CHECKED_LENGTH];
        buffer.getBytes(CHECKED_OFFSET, bytes);
        return crc(bytes);
    }

    public void headerCrc(final int crc) {
        buffer.putInt(HEADER_CRC_OFFSET, crc);
    }

    /** Everything that the header's checksum covers. */
    public void identity(final long uidHigh, final long uidLow, final long creatorPid, final long createdMs) {
        buffer.putInt(BYTE_ORDER_OFFSET, BYTE_ORDER_MARK, ByteOrder.nativeOrder());
        buffer.putLong(UID_HIGH_OFFSET, uidHigh);
        buffer.putLong(UID_LOW_OFFSET, uidLow);
        buffer.putLong(CREATOR_PID_OFFSET, creatorPid);
        buffer.putLong(CREATED_MS_OFFSET, createdMs);
    }

    /** Writes the catalog, its length and checksum, and the length of the control file. */
    public void writeCatalog(final byte[] catalog, final ControlLayout layout) {
        buffer.putLong(FILE_LENGTH_OFFSET, layout.lengthBytes());
        buffer.putInt(CATALOG_LENGTH_OFFSET, catalog.length);
        buffer.putInt(CATALOG_CRC_OFFSET, crc(catalog));
        buffer.putBytes(ControlLayout.CATALOG_OFFSET, catalog);
    }

    /** Whether the file has room for a catalog of the length that this header gives it. */
    public boolean hasRoomForCatalog() {
        final int length = catalogLength();
        return length >= 0 && length <= buffer.capacity() - ControlLayout.CATALOG_OFFSET;
    }

    /** The catalog as it stands. Its length must be one that the file has room for. */
    public byte[] readCatalog() {
        final byte[] catalog = new byte[catalogLength()];
        buffer.getBytes(ControlLayout.CATALOG_OFFSET, catalog);
        return catalog;
    }

    /** Whether the catalog has the checksum that this header gives it. */
    public boolean hasChecksumOf(final byte[] catalog) {
        return crc(catalog) == buffer.getInt(CATALOG_CRC_OFFSET);
    }

    private static int crc(final byte[] bytes) {
        final CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    public long stateAcquire() {
        return buffer.getLongAcquire(STATE_OFFSET);
    }

    public void stateRelease(final long state) {
        buffer.putLongRelease(STATE_OFFSET, state);
    }
}
