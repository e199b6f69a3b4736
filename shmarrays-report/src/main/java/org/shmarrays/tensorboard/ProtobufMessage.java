package org.shmarrays.tensorboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** Writes the fields of one protocol buffer message (proto3), in the order of the calls. One thread. */
final class ProtobufMessage {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;
    private static final int WIRE_TYPE_BITS = 3;
    private static final int VARINT_BITS = 7;
    private static final int CONTINUATION = 0x80;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** A number; 0 takes no bytes, as it is the default. */
    ProtobufMessage varint(final int field, final long value) {
        if (value != 0) {
            tag(field, VARINT);
            varint(value);
        }
        return this;
    }

    ProtobufMessage fixed64(final int field, final double value) {
        tag(field, FIXED64);
        littleEndian(Double.doubleToLongBits(value), Long.BYTES);
        return this;
    }

    ProtobufMessage fixed32(final int field, final float value) {
        tag(field, FIXED32);
        littleEndian(Float.floatToIntBits(value), Integer.BYTES);
        return this;
    }

    ProtobufMessage string(final int field, final String value) {
        return lengthDelimited(field, value.getBytes(UTF_8));
    }

    ProtobufMessage message(final int field, final ProtobufMessage value) {
        return lengthDelimited(field, value.toBytes());
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    private ProtobufMessage lengthDelimited(final int field, final byte[] value) {
        tag(field, LENGTH_DELIMITED);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    private void tag(final int field, final int wireType) {
        varint((long) field << WIRE_TYPE_BITS | wireType);
    }

    /** Seven bits a byte, the lowest first; the highest bit of a byte says that another one follows. */
    private void varint(final long value) {
        long rest = value;
        while (rest >>> VARINT_BITS != 0) {
            bytes.write((int) rest & CONTINUATION - 1 | CONTINUATION);
            rest >>>= VARINT_BITS;
        }
        bytes.write((int) rest);
    }

    private void littleEndian(final long value, final int lengthBytes) {
        for (int i = 0; i < lengthBytes; i++) {
            bytes.write((int) (value >>> i * Byte.SIZE));
        }
    }
}
