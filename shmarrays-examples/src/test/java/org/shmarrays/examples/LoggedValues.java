package org.shmarrays.examples;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.tensorflow.framework.Summary;

/**
 * The values of a log for TensorBoard, read by Google's classes, those that ND4J comes with.
 *
 * @param wallTime in seconds since 1970
 */
public record LoggedValues(double wallTime, long step, Map<String, Float> values) {
    private static final int HEADER_LENGTH = 12;
    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int SUMMARY = 5;
    private static final int FIELD_SHIFT = 3;

    /** Those of the directory's only file, a record each; records of other kinds have none. */
    public static List<LoggedValues> ofDirectory(final Path directory) throws IOException {
        final Path file;
        try (Stream<Path> files = Files.list(directory)) {
            file = files.toList().get(0);
        }
        final ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        final List<LoggedValues> values = new ArrayList<>();
        while (bytes.hasRemaining()) {
            final int length = Math.toIntExact(bytes.getLong(bytes.position()));
            values.add(read(CodedInputStream.newInstance(bytes.slice(bytes.position() + HEADER_LENGTH, length))));
            bytes.position(bytes.position() + HEADER_LENGTH + length + Integer.BYTES);
        }
        return values;
    }

    private static LoggedValues read(final CodedInputStream event) throws IOException {
        double wallTime = 0;
        long step = 0;
        final Map<String, Float> values = new LinkedHashMap<>();
        for (int tag = event.readTag(); tag != 0; tag = event.readTag()) {
            switch (tag >>> FIELD_SHIFT) {
                case WALL_TIME -> wallTime = event.readDouble();
                case STEP -> step = event.readInt64();
                case SUMMARY ->
                    Summary.parseFrom(event.readBytes())
                            .getValueList()
                            .forEach(value -> values.put(value.getTag(), value.getSimpleValue()));
                default -> event.skipField(tag);
            }
        }
        return new LoggedValues(wallTime, step, values);
    }

    /** The values of a tag, in the order of the file. */
    public static List<Float> of(final String tag, final List<LoggedValues> log) {
        return log.stream()
                .filter(record -> record.values().containsKey(tag))
                .map(record -> record.values().get(tag))
                .toList();
    }
}
