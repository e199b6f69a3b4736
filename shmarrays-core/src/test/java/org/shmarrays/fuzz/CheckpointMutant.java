package org.shmarrays.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A checkpoint, changed: either any of its bytes, which its CRC-32s mostly show, or the content of its entries, packed
 * again, so that the CRC-32s are right.
 */
final class CheckpointMutant {
    private static final String METADATA = "__shmarrays__.npy";
    private static final int NPY_HEADER_LENGTH = 128;
    private static final Pattern TOKEN = Pattern.compile("-?\\d+(\\.\\d+)?|\"[^\"]*\"|[\\[\\]{},:]|true|false");
    private static final String[] VALUES = {
        "0",
        "1",
        "-1",
        "2147483647",
        "2147483648",
        "-2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "1e999",
        "0.5",
        "[]",
        "[[]]",
        "[[0]]",
        "{}",
        "\"\"",
        "\"w\"",
        "\"LOCKED\"",
        "null",
        "true",
        "[1]",
        "[0, 0]",
        "\"\\u0000\"",
        "\"../w\""
    };

    private final byte[] bytes;
    private final boolean isRepacked;

    private CheckpointMutant(final byte[] bytes, final boolean isRepacked) {
        this.bytes = bytes;
        this.isRepacked = isRepacked;
    }

    static CheckpointMutant of(final byte[] original, final Map<String, byte[]> entries, final Random random) {
        return random.nextInt(3) == 0
                ? new CheckpointMutant(changed(original, random), false)
                : new CheckpointMutant(repacked(new LinkedHashMap<>(entries), random), true);
    }

    byte[] bytes() {
        return bytes;
    }

    /** True if its checksums are right. */
    boolean isRepacked() {
        return isRepacked;
    }

    private static byte[] changed(final byte[] original, final Random random) {
        final Mutator mutator = new Mutator(random);
        byte[] bytes = original.clone();
        for (int n = 1 + random.nextInt(2); n > 0 && bytes.length > 100; n--) {
            final int directory = bytes.length * 3 / 4; // the archive's directory stands at the end
            switch (random.nextInt(6)) {
                case 0, 1 -> mutator.changeByte(bytes, 0, bytes.length);
                case 2 -> mutator.changeByte(bytes, directory, bytes.length);
                case 3 -> bytes = mutator.resize(bytes);
                case 4 -> bytes = mutator.shift(bytes, 0, 1);
                default -> mutator.changeNumber(bytes, directory, bytes.length, Integer.BYTES);
            }
        }
        return bytes;
    }

    private static byte[] repacked(final Map<String, byte[]> entries, final Random random) {
        final List<String> names = new ArrayList<>(entries.keySet());
        for (int n = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1; n > 0; n--) {
            final String name = names.get(random.nextInt(names.size()));
            final Mutator mutator = new Mutator(random);
            switch (random.nextInt(8)) {
                case 0 -> entries.put(name, changedByte(entries.get(name), mutator));
                case 1 -> entries.put(name, changedHeader(entries.get(name), random));
                case 2 -> entries.put(name, atLeastOne(mutator.resize(entries.get(name))));
                case 3 ->
                    entries.put(
                            name,
                            entries.get(names.get(random.nextInt(names.size()))).clone());
                default -> entries.put(METADATA, changedMetadata(entries.get(METADATA), random));
            }
        }
        if (random.nextInt(20) == 0) {
            entries.remove(names.get(random.nextInt(names.size())));
        }
        return pack(entries, random.nextInt(9));
    }

    private static byte[] changedByte(final byte[] npy, final Mutator mutator) {
        final byte[] changed = npy.clone();
        mutator.changeByte(changed, 0, Math.min(NPY_HEADER_LENGTH, npy.length));
        return changed;
    }

    private static byte[] atLeastOne(final byte[] bytes) {
        return bytes.length == 0 ? new byte[1] : bytes;
    }

    /** Another number in the header of an array. */
    private static byte[] changedHeader(final byte[] npy, final Random random) {
        final int length = Math.min(NPY_HEADER_LENGTH, npy.length);
        final String header = new String(npy, 0, length, ISO_8859_1);
        final String other = replaceOne(header, random);
        final byte[] bytes = other.getBytes(ISO_8859_1);
        final byte[] changed = npy.clone();
        System.arraycopy(bytes, 0, changed, 0, Math.min(length, bytes.length));
        return changed;
    }

    /** Tokens of the JSON exchanged, left out or put in twice; the entry's header says its new length. */
    private static byte[] changedMetadata(final byte[] npy, final Random random) {
        if (npy.length <= NPY_HEADER_LENGTH) {
            return npy;
        }
        final int headerLength = 10 + (npy[8] & 0xff | (npy[9] & 0xff) << 8);
        if (headerLength >= npy.length) {
            return npy;
        }
        final String json = replaceOne(new String(npy, headerLength, npy.length - headerLength, UTF_8), random);
        final byte[] text = json.getBytes(UTF_8);
        final StringBuilder header = new StringBuilder(new String(npy, 0, headerLength - 1, ISO_8859_1)
                .replaceAll("\\(\\d*,\\)", "(" + text.length + ",)")
                .stripTrailing());
        while (header.length() < headerLength - 1) {
            header.append(' ');
        }
        final byte[] head = header.append('\n').toString().getBytes(ISO_8859_1);
        final byte[] changed = new byte[headerLength + text.length];
        System.arraycopy(head, 0, changed, 0, headerLength);
        System.arraycopy(text, 0, changed, headerLength, text.length);
        return changed;
    }

    private static String replaceOne(final String text, final Random random) {
        final List<int[]> tokens = new ArrayList<>();
        final Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            tokens.add(new int[] {matcher.start(), matcher.end()});
        }
        if (tokens.isEmpty()) {
            return text;
        }
        final int[] token = tokens.get(random.nextInt(tokens.size()));
        final int[] other = tokens.get(random.nextInt(tokens.size()));
        final int last = Math.min(tokens.size(), tokens.indexOf(token) + 1 + random.nextInt(8)) - 1;
        final String own = text.substring(token[0], token[1]);
        return switch (random.nextInt(6)) {
            case 0 -> text.substring(0, token[0]) + text.substring(tokens.get(last)[1]);
            case 1 ->
                text.substring(0, token[1]) + text.substring(token[0], tokens.get(last)[1]) + text.substring(token[1]);
            case 2 -> text.substring(0, token[0]) + text.substring(other[0], other[1]) + text.substring(token[1]);
            case 3 -> text.substring(0, token[0]) + own + own + text.substring(token[1]);
            default -> text.substring(0, token[0]) + VALUES[random.nextInt(VALUES.length)] + text.substring(token[1]);
        };
    }

    /** The entries of a file, in its order. */
    static Map<String, byte[]> entries(final Path file) {
        final Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (final ZipEntry entry : Collections.list(zip.entries())) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
            return entries;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] pack(final Map<String, byte[]> entries, final int level) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(level);
            for (final Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
