package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.shmarrays.internal.Printable;

/** An {@code .npz}: each entry {@code NAME.npy} is an array. */
final class NpzFile extends ArrayFile {
    private static final String SUFFIX = ".npy";

    private final ZipFile zip;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

    private NpzFile(final ZipFile zip) {
        this.zip = zip;
        for (final ZipEntry entry : Collections.list(zip.entries())) {
            final String file = entry.getName();
            if (file.endsWith(SUFFIX)
                    && entries.put(file.substring(0, file.length() - SUFFIX.length()), entry) != null) {
                throw new IllegalArgumentException("two entries have the same name: entry=" + Printable.text(file));
            }
        }
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a zip file without arrays (NAME.npy); of a PyTorch model, save the"
                    + " state_dict by safetensors.torch.save_file");
        }
    }

    static NpzFile open(final Path path) throws IOException {
        final ZipFile zip = new ZipFile(path.toFile(), UTF_8);
        try {
            return new NpzFile(zip);
        } catch (final RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    @Override
    Set<String> names() {
        return entries.keySet();
    }

    @Override
    int[] shape(final String name) throws IOException {
        try (NpzContent content = new NpzContent(zip, entries.get(name))) {
            return content.header().shape();
        }
    }

    @Override
    void read(final String name, final NpyHeader expected, final StoredElements.Sink sink) throws IOException {
        try (NpzContent content = new NpzContent(zip, entries.get(name))) {
            content.readElements(elements(content.header(), expected), sink);
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
