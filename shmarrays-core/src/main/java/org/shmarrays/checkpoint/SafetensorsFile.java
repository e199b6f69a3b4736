package org.shmarrays.checkpoint;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Set;
import org.shmarrays.layout.ArrayOrder;

/** A {@code .safetensors} file, opened to be read. */
final class SafetensorsFile extends ArrayFile {
    private static final String BFLOAT16 = "BF16";

    private final FileChannel channel;
    private final SafetensorsHeader header;
    private final long dataStart;

    private SafetensorsFile(final FileChannel channel) throws IOException {
        this.channel = channel;
        final long fileLength = channel.size();
        final ByteBuffer prefix =
                ByteBuffer.wrap(read(SafetensorsHeader.PREFIX_LENGTH)).order(ByteOrder.LITTLE_ENDIAN);
        final long length = prefix.getLong();
        if (length < 0 || length > SafetensorsHeader.LONGEST) {
            throw new IllegalArgumentException("the header is too long: bytes=" + Long.toUnsignedString(length)
                    + ", longest=" + SafetensorsHeader.LONGEST + "; or it is no .npz, .npy or .safetensors file");
        }
        dataStart = SafetensorsHeader.PREFIX_LENGTH + length;
        if (dataStart > fileLength) {
            throw new IllegalArgumentException(
                    "the header is longer than the file: header=" + length + " bytes, file=" + fileLength + " bytes");
        }
        header = SafetensorsHeader.parse(read((int) length), fileLength - dataStart);
    }

    static SafetensorsFile open(final Path path) throws IOException {
        final FileChannel channel = FileChannel.open(path);
        try {
            return new SafetensorsFile(channel);
        } catch (final IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private byte[] read(final int length) throws IOException {
        final byte[] bytes = new byte[length];
        readAll(Channels.newInputStream(channel), bytes, length);
        return bytes;
    }

    private static void readAll(final InputStream in, final byte[] into, final int count) throws IOException {
        if (in.readNBytes(into, 0, count) != count) {
            throw new EOFException("the file ends too early");
        }
    }

    @Override
    Set<String> names() {
        return header.tensors().keySet();
    }

    @Override
    int[] shape(final String name) {
        return header.tensors().get(name).intShape();
    }

    @Override
    void read(final String name, final NpyHeader expected, final StoredElements.Sink sink) throws IOException {
        final SafetensorsHeader.Tensor tensor = header.tensors().get(name);
        final StoredElements elements = elementsOf(tensor, expected);
        channel.position(dataStart + tensor.begin());
        final InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        elements.read((into, count) -> readAll(in, into, count), sink);
    }

    private static StoredElements elementsOf(final SafetensorsHeader.Tensor tensor, final NpyHeader expected) {
        final NpyHeader found = new NpyHeader(descr(tensor.dtype()), ArrayOrder.C, tensor.intShape());
        if (tensor.dtype().equals(BFLOAT16)) {
            return StoredElements.ofBfloat(found, expected);
        }
        if (tensor.dtype().equals("U16") && expected.isOfTypeOf(found)) {
            throw new IllegalArgumentException(
                    "the type can't be converted, U16 is not bfloat16: expected=" + expected + ", found=" + found);
        }
        return elements(found, expected);
    }

    /** The type as numpy writes it, if numpy has it. */
    private static String descr(final String dtype) {
        return switch (dtype) {
            case "F64" -> "<f8";
            case "F32" -> "<f4";
            case "F16" -> "<f2";
            case "I64" -> "<i8";
            case "I32" -> "<i4";
            case "I16" -> "<i2";
            case "I8" -> "<i1";
            case "U64" -> "<u8";
            case "U32" -> "<u4";
            case "U16", BFLOAT16 -> "<u2";
            case "U8" -> "<u1";
            default -> dtype;
        };
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
