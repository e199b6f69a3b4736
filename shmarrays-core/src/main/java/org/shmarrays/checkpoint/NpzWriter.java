package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.shmarrays.internal.Printable;

/**
 * Writes a zip file of stored {@code .npy} entries (APPNOTE.TXT 6.3.3, section 4), whose contents may come in turns:
 * each entry's place is fixed when it is added, its bytes are appended there, and its CRC-32 is entered at the end.
 * Offsets and counts beyond the classic format's are written as zip64. For one thread.
 *
 * <p>ND4J reads entries in sequence, only float32 and float64 ones with a dimension, and stops at what is no
 * entry: so {@link #endOfPlainEntries} leaves a gap, behind which it does not look. By the zip's directory, which numpy
 * and others read, all are found.
 */
final class NpzWriter {
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int DIRECTORY_SIGNATURE = 0x02014b50;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int LOCATOR64_SIGNATURE = 0x07064b50;
    private static final int LOCAL_LENGTH = 30;
    private static final int DIRECTORY_LENGTH = 46;
    private static final int END_LENGTH = 22;
    private static final int END64_LENGTH = 56;
    private static final int LOCATOR64_LENGTH = 20;
    private static final int EXTRA64_LENGTH = 12;
    private static final short EXTRA64_TAG = 1;
    private static final short VERSION_CLASSIC = 10;
    private static final short VERSION_ZIP64 = 45;
    private static final short UTF8_FLAG = 1 << 11;
    private static final short FIRST_OF_JANUARY_1980 = 1 << 5 | 1;
    private static final long MAX_UINT32 = 0xFFFF_FFFFL;
    private static final int MAX_UINT16 = 0xFFFF;

    /** As long as a local header, so that who reads one there gets all of it. */
    private static final int GAP_LENGTH = 32;

    private final FileChannel channel;
    private final long gapLength;
    private final List<Entry> entries = new ArrayList<>();
    private long end;

    /** An entry: its content is a {@code .npy} header and so many bytes. */
    final class Entry {
        private final byte[] name;
        private final long offset;
        private final long length;
        private final CRC32 crc = new CRC32();
        private long position;

        private Entry(final String name, final byte[] header, final long lengthBytes) throws IOException {
            this.name = name.getBytes(UTF_8);
            this.offset = end;
            this.length = header.length + lengthBytes;
            this.position = offset + LOCAL_LENGTH + this.name.length;
            end = position + length;
            append(header, 0, header.length);
        }

        /** Appends to the content. */
        void append(final byte[] bytes, final int from, final int count) throws IOException {
            crc.update(bytes, from, count);
            position += write(position, ByteBuffer.wrap(bytes, from, count));
        }
    }

    NpzWriter(final FileChannel channel) {
        this(channel, GAP_LENGTH);
    }

    /** With another length of the gap. */
    NpzWriter(final FileChannel channel, final long gapLength) {
        this.channel = channel;
        this.gapLength = gapLength;
    }

    /** Adds an entry. */
    Entry add(final String name, final NpyHeader header, final long lengthBytes) throws IOException {
        final Entry entry = new Entry(name + ".npy", header.encode(), lengthBytes);
        if (entry.name.length > MAX_UINT16 || entry.length >= MAX_UINT32) {
            throw new IllegalArgumentException(
                    "the name is too long for an entry: name=" + Printable.text(name) + ", bytes=" + entry.length);
        }
        entries.add(entry);
        return entry;
    }

    /** Entries that are added from now on are not for ND4J. */
    void endOfPlainEntries() {
        end += gapLength;
    }

    /**
     * Writes all but the entries' contents, which must be complete.
     *
     * @return the file's length
     */
    long finish() throws IOException {
        final ByteArrayOutputStream directory = new ByteArrayOutputStream();
        for (final Entry entry : entries) {
            if (entry.position != entry.offset + LOCAL_LENGTH + entry.name.length + entry.length) {
                throw new IllegalStateException(
                        "an entry is not complete: name=" + Printable.text(new String(entry.name, UTF_8)));
            }
            writeLocalHeader(entry);
            directory.write(directoryRecord(entry));
        }
        final long start = end;
        end += write(end, ByteBuffer.wrap(directory.toByteArray()));
        end += write(end, endRecords(start, directory.size()));
        return end;
    }

    private void writeLocalHeader(final Entry entry) throws IOException {
        final ByteBuffer header = allocate(LOCAL_LENGTH + entry.name.length);
        header.putInt(LOCAL_SIGNATURE).putShort(VERSION_CLASSIC);
        putCommon(header, entry);
        header.putShort((short) entry.name.length).putShort((short) 0).put(entry.name);
        write(entry.offset, header.flip());
    }

    /** Flags to sizes, which local header and directory have in common. */
    private static void putCommon(final ByteBuffer out, final Entry entry) {
        out.putShort(UTF8_FLAG)
                .putShort((short) 0) // stored
                .putShort((short) 0) // at midnight
                .putShort(FIRST_OF_JANUARY_1980)
                .putInt((int) entry.crc.getValue())
                .putInt((int) entry.length)
                .putInt((int) entry.length);
    }

    private static byte[] directoryRecord(final Entry entry) {
        final boolean zip64 = entry.offset >= MAX_UINT32;
        final ByteBuffer out = allocate(DIRECTORY_LENGTH + entry.name.length + (zip64 ? EXTRA64_LENGTH : 0));
        final short version = zip64 ? VERSION_ZIP64 : VERSION_CLASSIC;
        out.putInt(DIRECTORY_SIGNATURE).putShort(version).putShort(version);
        putCommon(out, entry);
        out.putShort((short) entry.name.length)
                .putShort((short) (zip64 ? EXTRA64_LENGTH : 0))
                .putShort((short) 0) // comment
                .putShort((short) 0) // disk
                .putShort((short) 0) // internal attributes
                .putInt(0) // external attributes
                .putInt(zip64 ? (int) MAX_UINT32 : (int) entry.offset)
                .put(entry.name);
        if (zip64) {
            out.putShort(EXTRA64_TAG).putShort((short) Long.BYTES).putLong(entry.offset);
        }
        return out.array();
    }

    private ByteBuffer endRecords(final long directoryStart, final int directoryLength) {
        final ByteBuffer out = allocate(END64_LENGTH + LOCATOR64_LENGTH + END_LENGTH);
        final boolean zip64 = directoryStart + directoryLength >= MAX_UINT32 || entries.size() >= MAX_UINT16;
        if (zip64) {
            out.putInt(END64_SIGNATURE)
                    .putLong(END64_LENGTH - Integer.BYTES - Long.BYTES)
                    .putShort(VERSION_ZIP64)
                    .putShort(VERSION_ZIP64)
                    .putInt(0)
                    .putInt(0)
                    .putLong(entries.size())
                    .putLong(entries.size())
                    .putLong(directoryLength)
                    .putLong(directoryStart);
            out.putInt(LOCATOR64_SIGNATURE)
                    .putInt(0)
                    .putLong(directoryStart + directoryLength)
                    .putInt(1);
        }
        final short count = (short) (zip64 ? MAX_UINT16 : entries.size());
        out.putInt(END_SIGNATURE)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort(count)
                .putShort(count)
                .putInt(zip64 ? (int) MAX_UINT32 : directoryLength)
                .putInt(zip64 ? (int) MAX_UINT32 : (int) directoryStart)
                .putShort((short) 0);
        return out.flip();
    }

    private static ByteBuffer allocate(final int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private int write(final long position, final ByteBuffer bytes) throws IOException {
        final int length = bytes.remaining();
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
        return length;
    }
}
