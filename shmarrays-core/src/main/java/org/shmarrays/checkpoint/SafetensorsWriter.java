package org.shmarrays.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.List;
import org.shmarrays.internal.access.ArrayPieces;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;

/** Writes the values of arrays as {@code .safetensors}, in the order of their places. For one thread. */
final class SafetensorsWriter {
    private final FileChannel channel;
    private final ArrayPieces pieces;
    private long position;

    /** To the beginning of a channel. */
    SafetensorsWriter(final FileChannel channel, final ArrayPieces pieces) {
        this.channel = channel;
        this.pieces = pieces;
    }

    void write(final List<ArraySpec> specs) throws IOException {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalArgumentException("a .safetensors file is little-endian, and this machine is not");
        }
        final List<ArraySpec> sorted = SafetensorsHeader.inOrder(specs);
        final byte[] header = SafetensorsHeader.of(sorted).encode();
        write(header, header.length);
        for (final ArraySpec spec : sorted) {
            write(spec);
        }
    }

    private void write(final ArraySpec spec) throws IOException {
        final NpyHeader own = CheckpointFile.header(spec, 0);
        final NpyHeader rowMajor = new NpyHeader(own.descr(), ArrayOrder.C, own.shape());
        if (own.hasOrderOf(rowMajor)) {
            pieces.<IOException>read(spec.name(), this::write);
            return;
        }
        final ByteBuffer columns = ByteBuffer.allocate(spec.lengthBytes());
        pieces.<IOException>read(spec.name(), (bytes, length) -> columns.put(bytes, 0, length));
        final ByteArrayInputStream in = new ByteArrayInputStream(columns.array());
        final byte[] rows = new byte[spec.lengthBytes()];
        final int elementBytes = spec.elementType().sizeBytes();
        StoredElements.between(own, rowMajor)
                .read(
                        (into, count) -> in.readNBytes(into, 0, count),
                        (index, bytes, offset, length) ->
                                System.arraycopy(bytes, offset, rows, index * elementBytes, length));
        write(rows, rows.length);
    }

    private void write(final byte[] bytes, final int length) throws IOException {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        while (buffer.hasRemaining()) {
            position += channel.write(buffer, position);
        }
    }
}
