package org.shmarrays.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.access.ArrayPieces;
import org.shmarrays.layout.ArraySpec;

/** Writes the values of arrays as {@code .npz}, without what a checkpoint needs besides. */
final class ValueExport {
    private ValueExport() {}

    static void write(final FileChannel channel, final ShmArrays arrays) throws IOException {
        new EntryNames().addValues(arrays.specs());
        final List<ArraySpec> plain = new ArrayList<>();
        final List<ArraySpec> others = new ArrayList<>();
        arrays.specs().forEach(spec -> (CheckpointFile.isPlain(spec, 0) ? plain : others).add(spec));
        final NpzWriter npz = new NpzWriter(channel);
        add(npz, plain, Doors.PIECES.of(arrays));
        npz.endOfPlainEntries();
        add(npz, others, Doors.PIECES.of(arrays));
        npz.finish();
    }

    private static void add(final NpzWriter npz, final List<ArraySpec> specs, final ArrayPieces pieces)
            throws IOException {
        for (final ArraySpec spec : specs) {
            final NpzWriter.Entry entry = npz.add(spec.name(), CheckpointFile.header(spec, 0), spec.lengthBytes());
            pieces.<IOException>read(spec.name(), (bytes, length) -> entry.append(bytes, 0, length));
        }
    }

    static void write(final FileChannel channel, final List<ArraySpec> specs, final List<?> values) throws IOException {
        final NpzWriter npz = new NpzWriter(channel);
        for (int i = 0; i < specs.size(); i++) {
            final byte[] bytes = CarrierBytes.of(specs.get(i), values.get(i));
            npz.add(specs.get(i).name(), CheckpointFile.header(specs.get(i), 0), bytes.length)
                    .append(bytes, 0, bytes.length);
        }
        npz.finish();
    }
}
