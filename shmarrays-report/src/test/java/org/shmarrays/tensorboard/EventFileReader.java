package org.shmarrays.tensorboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads event files by TFRecord's and protobuf's specifications, with nothing of the code that writes them. */
final class EventFileReader {
    /** The polynomial of CRC-32C, reflected (RFC 3720, appendix B.4). */
    private static final int POLYNOMIAL = 0x82f63b78;

    private EventFileReader() {}

    /**
     * What a record says.
     *
     * @param version of the file, or null
     * @param isStart whether a session starts
     * @param values by tag
     */
    record Event(double wallTime, long step, String version, boolean isStart, Map<String, Float> values) {}

    /** The events of all files of a directory, in the order in which TensorBoard reads them. */
    static List<Event> readAll(final Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().contains("tfevents"))
                    .sorted()
                    .flatMap(file -> read(file).stream())
                    .toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The whole records of a file; a part of one at the end is one that is being written. */
    static List<Event> read(final Path file) {
        final List<Event> events = new ArrayList<>();
        final ByteBuffer bytes = ByteBuffer.wrap(bytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.remaining() >= 12) {
            final ByteBuffer header = bytes.slice(bytes.position(), 8);
            final long length = bytes.getLong();
            assertThat(unmasked(bytes.getInt())).as("checksum of the length").isEqualTo(crc(header));
            if (bytes.remaining() < length + 4) {
                break;
            }
            final ByteBuffer content = bytes.slice(bytes.position(), (int) length);
            bytes.position(bytes.position() + (int) length);
            assertThat(unmasked(bytes.getInt())).as("checksum of the content").isEqualTo(crc(content.duplicate()));
            events.add(event(content.order(ByteOrder.LITTLE_ENDIAN)));
        }
        return events;
    }

    private static byte[] bytes(final Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int unmasked(final int masked) {
        return Integer.rotateLeft(masked - 0xa282ead8, 15);
    }

    private static int crc(final ByteBuffer bytes) {
        int crc = ~0;
        while (bytes.hasRemaining()) {
            crc ^= bytes.get() & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 0 ? 0 : POLYNOMIAL);
            }
        }
        return ~crc;
    }

    private static Event event(final ByteBuffer content) {
        double wallTime = 0;
        long step = 0;
        String version = null;
        boolean isStart = false;
        final Map<String, Float> values = new LinkedHashMap<>();
        while (content.hasRemaining()) {
            final int key = (int) varint(content);
            switch (key) {
                case 1 << 3 | 1 -> wallTime = content.getDouble();
                case 2 << 3 -> step = varint(content);
                case 3 << 3 | 2 -> version = UTF_8.decode(delimited(content)).toString();
                case 5 << 3 | 2 -> readSummary(delimited(content), values);
                case 7 << 3 | 2 -> isStart = delimited(content).equals(ByteBuffer.wrap(new byte[] {1 << 3, 1}));
                default -> throw new AssertionError("unknown field of Event: " + key);
            }
        }
        return new Event(wallTime, step, version, isStart, values);
    }

    private static void readSummary(final ByteBuffer summary, final Map<String, Float> values) {
        while (summary.hasRemaining()) {
            assertThat(varint(summary)).as("field of Summary").isEqualTo(1 << 3 | 2);
            final ByteBuffer value = delimited(summary);
            assertThat(varint(value)).as("first field of Value").isEqualTo(1 << 3 | 2);
            final String tag = UTF_8.decode(delimited(value)).toString();
            assertThat(varint(value)).as("second field of Value").isEqualTo(2 << 3 | 5);
            assertThat(values.put(tag, value.getFloat())).as("earlier " + tag).isNull();
            assertThat(value.hasRemaining()).isFalse();
        }
    }

    private static long varint(final ByteBuffer bytes) {
        long value = 0;
        int shift = 0;
        byte next = bytes.get();
        while (next < 0) {
            value |= (long) (next & 0x7f) << shift;
            shift += 7;
            next = bytes.get();
        }
        return value | (long) next << shift;
    }

    private static ByteBuffer delimited(final ByteBuffer bytes) {
        final int length = (int) varint(bytes);
        final ByteBuffer part = bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(bytes.position() + length);
        return part;
    }
}
