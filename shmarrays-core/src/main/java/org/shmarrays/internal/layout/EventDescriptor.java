package org.shmarrays.internal.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A record of the ring of events, as an image in private memory: it is made before it is stored, and checked after it
 * was copied.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |              sequence; in the checksum: n + 1                 |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                    time, ms since 1970                        |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |               id of the run that it is about                  |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |             id of the process that it is about                |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                            value                              |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                         second value                          |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |                        code of the kind                       |
 *  +---------------------------------------------------------------+
 *  |              slot that it is about, or -1                     |
 *  +---------------------------------------------------------------+
 *  |              rank that it is about, or -1                     |
 *  +---------------------------------------------------------------+
 *  |                length of the text in bytes                    |
 *  +---------------------------------------------------------------+
 *  |              text, UTF-8, then zeros (64 to 251)             ...
 *  +---------------------------------------------------------------+
 *  |               CRC-32 of the bytes from 0 to 251               |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class EventDescriptor {
    /** Length of a record. */
    public static final int LENGTH = 256;

    private static final int SEQUENCE_OFFSET = 0;
    private static final int TIME_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    private static final int RUN_OFFSET = TIME_OFFSET + Long.BYTES;
    private static final int PROCESS_OFFSET = RUN_OFFSET + Long.BYTES;
    private static final int VALUE_OFFSET = PROCESS_OFFSET + Long.BYTES;
    private static final int SECOND_VALUE_OFFSET = VALUE_OFFSET + Long.BYTES;
    private static final int KIND_OFFSET = SECOND_VALUE_OFFSET + Long.BYTES;
    private static final int SLOT_OFFSET = KIND_OFFSET + Integer.BYTES;
    private static final int RANK_OFFSET = SLOT_OFFSET + Integer.BYTES;
    private static final int TEXT_LENGTH_OFFSET = RANK_OFFSET + Integer.BYTES;
    private static final int TEXT_OFFSET = TEXT_LENGTH_OFFSET + Integer.BYTES;
    private static final int CRC_OFFSET = LENGTH - Integer.BYTES;

    /** First byte behind the sequence. */
    static final int CONTENT_OFFSET = TIME_OFFSET;

    /** Bytes of text that a record has room for. */
    public static final int TEXT_CAPACITY = CRC_OFFSET - TEXT_OFFSET;

    private EventDescriptor() {}

    /** The image of a published event. */
    public static byte[] encode(final Event event) {
        final byte[] image = new byte[LENGTH];
        final ByteBuffer buffer = ByteBuffer.wrap(image).order(ByteOrder.nativeOrder());
        final byte[] text = event.text().getBytes(UTF_8);
        final int textLength = cut(text);
        buffer.putLong(SEQUENCE_OFFSET, event.number() + 1);
        buffer.putLong(TIME_OFFSET, event.timeMs());
        buffer.putLong(RUN_OFFSET, event.subject().runId());
        buffer.putLong(PROCESS_OFFSET, event.subject().processId());
        buffer.putLong(VALUE_OFFSET, event.value());
        buffer.putLong(SECOND_VALUE_OFFSET, event.secondValue());
        buffer.putInt(KIND_OFFSET, event.kind().code());
        buffer.putInt(SLOT_OFFSET, event.subject().slotId());
        buffer.putInt(RANK_OFFSET, event.subject().rank());
        buffer.putInt(TEXT_LENGTH_OFFSET, textLength);
        buffer.put(TEXT_OFFSET, text, 0, textLength);
        buffer.putInt(CRC_OFFSET, crc(image));
        return image;
    }

    /** How many bytes of a text fit, without a part of a character. */
    private static int cut(final byte[] text) {
        int length = Math.min(text.length, TEXT_CAPACITY);
        while (length < text.length && (text[length] & 0xC0) == 0x80) {
            length--; // the byte behind the cut goes on with a character
        }
        return length;
    }

    private static int crc(final byte[] image) {
        final CRC32 crc = new CRC32();
        crc.update(image, 0, CRC_OFFSET);
        return (int) crc.getValue();
    }

    /** The event of this number, or null if the image is not the one that its writer made. */
    public static Event decode(final byte[] image, final long number) {
        final ByteBuffer buffer = ByteBuffer.wrap(image).order(ByteOrder.nativeOrder());
        final EventKind kind = EventKind.ofCode(buffer.getInt(KIND_OFFSET));
        final int textLength = buffer.getInt(TEXT_LENGTH_OFFSET);
        if (buffer.getLong(SEQUENCE_OFFSET) != number + 1
                || buffer.getInt(CRC_OFFSET) != crc(image)
                || kind == null
                || textLength < 0
                || textLength > TEXT_CAPACITY) {
            return null;
        }
        return new Event(
                number,
                buffer.getLong(TIME_OFFSET),
                kind,
                new Event.Subject(
                        buffer.getInt(SLOT_OFFSET),
                        buffer.getInt(RANK_OFFSET),
                        buffer.getLong(RUN_OFFSET),
                        buffer.getLong(PROCESS_OFFSET)),
                buffer.getLong(VALUE_OFFSET),
                buffer.getLong(SECOND_VALUE_OFFSET),
                new String(Arrays.copyOfRange(image, TEXT_OFFSET, TEXT_OFFSET + textLength), UTF_8));
    }
}
