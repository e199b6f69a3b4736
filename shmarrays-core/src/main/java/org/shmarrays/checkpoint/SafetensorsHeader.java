package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.json.JsonReader;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.layout.ArraySpec;

/**
 * The header of a {@code .safetensors} file (as its documentation, "Format", has it): its length in 8 bytes, then
 * JSON with type, shape and place of each tensor. The tensors lie behind it in order C and little-endian, without gaps
 * and overlaps.
 *
 * @param tensors by name, in the order of the file
 */
record SafetensorsHeader(Map<String, Tensor> tensors) {
    /** Bytes of the length at the file's start. */
    static final int PREFIX_LENGTH = Long.BYTES;

    /** That of the reference implementation. */
    static final long LONGEST = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final String DTYPE = "dtype";
    private static final String SHAPE = "shape";
    private static final String OFFSETS = "data_offsets";
    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("F4", 4),
            Map.entry("F6_E2M3", 6),
            Map.entry("F6_E3M2", 6),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("F8_E8M0", 8),
            Map.entry("F8_E4M3FNUZ", 8),
            Map.entry("F8_E5M2FNUZ", 8),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("C64", 64),
            Map.entry("F64", 64),
            Map.entry("I64", 64),
            Map.entry("U64", 64));

    /**
     * A tensor of the file.
     *
     * @param dtype as the file names it
     * @param begin its first byte, counted from the header's end
     * @param end the index after its last byte (exclusive)
     */
    record Tensor(String dtype, List<Long> shape, long begin, long end) {
        /**
         * The shape of an array.
         *
         * @throws IllegalArgumentException if a dimension has more than 2³¹ − 1 elements
         */
        int[] intShape() {
            return shape.stream()
                    .mapToInt(dimension -> {
                        if (dimension > Integer.MAX_VALUE) {
                            throw new IllegalArgumentException("a tensor is too large for an array: shape=" + shape);
                        }
                        return dimension.intValue();
                    })
                    .toArray();
        }

        /** Where its elements lie, and of what type they are. */
        private static Tensor of(final Object json) {
            if (!(json instanceof Map<?, ?> map) || !map.keySet().equals(Set.of(DTYPE, SHAPE, OFFSETS))) {
                throw new IllegalArgumentException("expected an object of dtype, shape and data_offsets");
            }
            if (!(map.get(DTYPE) instanceof String dtype) || !BITS.containsKey(dtype)) {
                throw new IllegalArgumentException("unknown dtype: " + Printable.text(JsonText.write(map.get(DTYPE))));
            }
            final List<Long> shape = counts(map.get(SHAPE), SHAPE);
            final List<Long> offsets = counts(map.get(OFFSETS), OFFSETS);
            if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
                throw new IllegalArgumentException("data_offsets are not [begin, end]: " + offsets);
            }
            final Tensor tensor = new Tensor(dtype, shape, offsets.get(0), offsets.get(1));
            tensor.checkLength();
            return tensor;
        }

        private void checkLength() {
            final long bits;
            try {
                bits = shape.stream().reduce((long) BITS.get(dtype), Math::multiplyExact);
            } catch (final ArithmeticException e) {
                throw new IllegalArgumentException("a tensor is too large: shape=" + shape, e);
            }
            if (bits % Byte.SIZE != 0 || bits / Byte.SIZE != end - begin) {
                throw new IllegalArgumentException("data_offsets don't match the shape: dtype=" + dtype + ", shape="
                        + shape + ", data_offsets=[" + begin + ", " + end + "]");
            }
        }
    }

    /**
     * Reads the JSON.
     *
     * @param json the header without its length
     * @param dataLength bytes of the file after the header
     * @throws IllegalArgumentException if it is no header, or doesn't fit the file
     */
    static SafetensorsHeader parse(final byte[] json, final long dataLength) {
        final String text;
        try {
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
        } catch (final CharacterCodingException e) {
            throw new IllegalArgumentException("the header is not UTF-8", e);
        }
        if (!text.startsWith("{")) {
            throw new IllegalArgumentException("the header does not begin with {");
        }
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        ((Map<?, ?>) JsonReader.read(text)).forEach((key, value) -> {
            final String name = (String) key;
            if (name.equals(METADATA)) {
                checkMetadata(value);
            } else {
                tensors.put(name, tensor(name, value));
            }
        });
        checkPlaces(tensors, dataLength);
        return new SafetensorsHeader(tensors);
    }

    private static void checkMetadata(final Object json) {
        if (!(json instanceof Map<?, ?> map) || !map.values().stream().allMatch(String.class::isInstance)) {
            throw new IllegalArgumentException(METADATA + " is not an object of strings");
        }
    }

    private static Tensor tensor(final String name, final Object json) {
        try {
            return Tensor.of(json);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("tensor " + Printable.text(name) + ": " + e.getMessage(), e);
        }
    }

    private static List<Long> counts(final Object json, final String what) {
        if (!(json instanceof List<?> list)
                || !list.stream().allMatch(count -> count instanceof Long number && number >= 0)) {
            throw new IllegalArgumentException(
                    what + " is no list of whole numbers: " + Printable.text(JsonText.write(json)));
        }
        return list.stream().map(Long.class::cast).toList();
    }

    /** Each byte after the header belongs to one tensor. */
    private static void checkPlaces(final Map<String, Tensor> tensors, final long dataLength) {
        final List<Map.Entry<String, Tensor>> sorted = new ArrayList<>(tensors.entrySet());
        sorted.sort(Comparator.comparingLong(
                        (Map.Entry<String, Tensor> entry) -> entry.getValue().begin())
                .thenComparingLong(entry -> entry.getValue().end()));
        long end = 0;
        for (final Map.Entry<String, Tensor> entry : sorted) {
            final Tensor tensor = entry.getValue();
            if (tensor.begin() != end) {
                throw new IllegalArgumentException("the tensors " + (tensor.begin() < end ? "overlap" : "have a gap")
                        + ": tensor=" + Printable.text(entry.getKey()) + ", begin=" + tensor.begin()
                        + ", end of the one before=" + end);
            }
            end = tensor.end();
        }
        if (end != dataLength) {
            throw new IllegalArgumentException("the file has another length than its tensors: bytes after the header="
                    + dataLength + ", bytes of the tensors=" + end);
        }
    }

    /** Arrays of the largest types first, so that each tensor is aligned to its elements. */
    static List<ArraySpec> inOrder(final List<ArraySpec> specs) {
        final List<ArraySpec> sorted = new ArrayList<>(specs);
        sorted.sort(Comparator.comparingInt(spec -> -spec.elementType().sizeBytes()));
        return sorted;
    }

    /**
     * The header for arrays whose values follow each other.
     *
     * @throws IllegalArgumentException if an array has the name of the header's own metadata
     */
    static SafetensorsHeader of(final List<ArraySpec> specs) {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        long begin = 0;
        for (final ArraySpec spec : specs) {
            if (spec.name().equals(METADATA)) {
                throw new IllegalArgumentException(
                        "no array of a .safetensors file can have this name: " + METADATA + "; rename the array");
            }
            final long end = begin + spec.lengthBytes();
            final List<Long> shape =
                    Arrays.stream(spec.shape()).asLongStream().boxed().toList();
            tensors.put(
                    spec.name(),
                    new Tensor(ElementAccesses.of(spec.elementType()).safetensorsName(), shape, begin, end));
            begin = end;
        }
        return new SafetensorsHeader(tensors);
    }

    /** The file's first bytes: the length, and the JSON, padded by spaces to a multiple of 8. */
    byte[] encode() {
        final Map<String, Object> json = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            final Map<String, Object> entry = new LinkedHashMap<>();
            entry.put(DTYPE, tensor.dtype());
            entry.put(SHAPE, tensor.shape());
            entry.put(OFFSETS, List.of(tensor.begin(), tensor.end()));
            json.put(name, entry);
        });
        final byte[] text = JsonText.write(json).getBytes(UTF_8);
        final int length = (text.length + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
        if (length > LONGEST) {
            throw new IllegalArgumentException("too many arrays for a .safetensors file: arrays=" + tensors.size());
        }
        final byte[] bytes = new byte[PREFIX_LENGTH + length];
        Arrays.fill(bytes, (byte) ' ');
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(text);
        return bytes;
    }
}
