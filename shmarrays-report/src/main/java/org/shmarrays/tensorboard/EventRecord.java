package org.shmarrays.tensorboard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The bytes of a record of an event file: a frame of TFRecord around a protocol buffer {@code Event}. The checksums are
 * CRC-32C, rotated and shifted by a constant; all numbers are little-endian.
 *
 * <pre>
 *   0                8               12              12 + n
 *   +----------------+---------------+----------------+----------------+
 *   | n, 8 bytes     | of n, 4 bytes | Event, n bytes | of it, 4 bytes |
 *   +----------------+---------------+----------------+----------------+
 * </pre>
 *
 * The messages are those of {@code event.proto} and {@code summary.proto} of TensorBoard.
 */
final class EventRecord {
    private static final String FILE_VERSION = "brain.Event:2";

    /** Fields of {@code Event}. */
    private static final int WALL_TIME = 1;

    private static final int STEP = 2;
    private static final int VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SESSION_LOG = 7;

    /** Fields of {@code Summary}, and of its {@code Value}. */
    private static final int VALUE = 1;

    private static final int TAG = 1;
    private static final int SIMPLE_VALUE = 2;

    /** A field of {@code SessionLog}, and its value. */
    private static final int STATUS = 1;

    private static final int START = 1;

    private static final int HEADER_LENGTH = Long.BYTES + Integer.BYTES;
    private static final int MASK_ROTATION = 15;
    private static final int MASK_DELTA = 0xa282ead8;
    private static final double MS_PER_SECOND = 1e3;

    private EventRecord() {}

    /** The first record of each file. */
    static byte[] version(final long timeMs) {
        return frame(event(timeMs, 0).string(VERSION, FILE_VERSION));
    }

    /** From here on the training continues at a step: what was written of later steps before no longer counts. */
    static byte[] start(final long step, final long timeMs) {
        return frame(event(timeMs, step).message(SESSION_LOG, new ProtobufMessage().varint(STATUS, START)));
    }

    /** Values of one step by their tags. They are stored as floats. */
    static byte[] scalars(final long step, final long timeMs, final Map<String, Double> values) {
        final ProtobufMessage summary = new ProtobufMessage();
        values.forEach((tag, value) -> summary.message(
                VALUE, new ProtobufMessage().string(TAG, tag).fixed32(SIMPLE_VALUE, value.floatValue())));
        return frame(event(timeMs, step).message(SUMMARY, summary));
    }

    private static ProtobufMessage event(final long timeMs, final long step) {
        return new ProtobufMessage().fixed64(WALL_TIME, timeMs / MS_PER_SECOND).varint(STEP, step);
    }

    private static byte[] frame(final ProtobufMessage event) {
        final byte[] content = event.toBytes();
        final ByteBuffer record = ByteBuffer.allocate(HEADER_LENGTH + content.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(content.length);
        record.putInt(maskedCrc(record.array(), Long.BYTES));
        record.put(content);
        record.putInt(maskedCrc(content, content.length));
        return record.array();
    }

    private static int maskedCrc(final byte[] bytes, final int length) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return Integer.rotateRight((int) crc.getValue(), MASK_ROTATION) + MASK_DELTA;
    }
}
