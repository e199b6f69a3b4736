package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.shmarrays.internal.json.JsonReader;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.internal.kernel.HalfPrecision;
import org.shmarrays.layout.ElementType;

/**
 * Makes a checkpoint of an older version of one of this version. Versions 1 and 2 have no epochs; version 1 has state
 * of 16-bit arrays in 16 bits, and no rounding.
 */
final class OldCheckpoint {
    private OldCheckpoint() {}

    static void rewrite(final Path file, final int version) throws IOException {
        final Map<String, byte[]> entries = entries(file);
        final Map<String, ElementType> halves = new HashMap<>();
        final String metadata = Metadata.ENTRY + ".npy";
        entries.put(metadata, oldMetadata(entries.get(metadata), version, halves));
        halves.forEach((name, type) -> entries.computeIfPresent(name, (entry, content) -> narrowed(content, type)));
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (final Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
    }

    private static Map<String, byte[]> entries(final Path file) throws IOException {
        final Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (final ZipEntry entry : Collections.list(zip.entries())) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        return entries;
    }

    /** Also names the entries of state that has 16 bits in version 1. */
    @SuppressWarnings("unchecked") // as the format has it
    private static byte[] oldMetadata(final byte[] entry, final int version, final Map<String, ElementType> halves) {
        final ByteArrayInputStream in = new ByteArrayInputStream(entry);
        header(in);
        final Map<String, Object> metadata =
                new LinkedHashMap<>((Map<String, Object>) JsonReader.read(new String(in.readAllBytes(), UTF_8)));
        metadata.put("version", version);
        final Map<String, Object> run = new LinkedHashMap<>((Map<String, Object>) metadata.get("run"));
        run.keySet().removeAll(List.of("epoch", "endedPasses", "samplesOfEpoch", "firstSampleOfEpoch"));
        metadata.put("run", run);
        if (version == 1) {
            metadata.put("arrays", arraysOfVersion1(metadata, halves));
        }
        final byte[] json = JsonText.write(metadata).getBytes(UTF_8);
        return joined(CheckpointFile.metadataHeader(json.length), json);
    }

    @SuppressWarnings("unchecked") // as the format has it
    private static List<Map<String, Object>> arraysOfVersion1(
            final Map<String, Object> metadata, final Map<String, ElementType> halves) {
        return ((List<Map<String, Object>>) metadata.get("arrays"))
                .stream()
                        .map(array -> {
                            final ElementType type = ElementType.valueOf((String) array.get("type"));
                            for (int k = 0; type.sizeBytes() == Short.BYTES && k < 8; k++) {
                                halves.put(array.get("name") + "@state" + k + ".npy", type);
                            }
                            final Map<String, Object> old = new LinkedHashMap<>(array);
                            old.remove("rounding");
                            old.remove("roundingSeed");
                            return old;
                        })
                        .toList();
    }

    private static byte[] narrowed(final byte[] entry, final ElementType type) {
        final ByteArrayInputStream in = new ByteArrayInputStream(entry);
        final NpyHeader wide = header(in);
        final ByteBuffer floats = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.nativeOrder());
        final ByteBuffer halves = ByteBuffer.allocate(floats.limit() / 2).order(ByteOrder.nativeOrder());
        while (floats.hasRemaining()) {
            final float value = floats.getFloat();
            halves.putShort(type == ElementType.FLOAT16 ? HalfPrecision.toHalf(value) : HalfPrecision.toBfloat(value));
        }
        return joined(new NpyHeader(NpyHeader.descr(type), wide.order(), wide.shape()), halves.array());
    }

    private static NpyHeader header(final ByteArrayInputStream in) {
        try {
            return NpyHeader.read(in);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] joined(final NpyHeader header, final byte[] content) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(header.encode());
        out.writeBytes(content);
        return out.toByteArray();
    }
}
