package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.layout.EpochCount;
import org.shmarrays.layout.ArraySpec;

/**
 * A checkpoint of arrays that are in no segment: its values come piece by piece, and are read into Java arrays. The
 * file is the same as that of a segment, so that {@link Checkpoint#restore} and numpy read it, too. Arrays have 32 or
 * 64 bits and no optimizer state. Notes are further entries, whose bytes belong to the program. For one thread.
 */
public final class ArrayCheckpoint implements AutoCloseable {
    private final Path path;
    private final CheckpointFile file;

    private ArrayCheckpoint(final Path path) {
        this.path = path;
        this.file = CheckpointFile.open(path);
    }

    /** Gives the values of a checkpoint. */
    @FunctionalInterface
    public interface Values {
        /** Appends the values of all arrays. */
        void appendTo(Pieces pieces) throws IOException;
    }

    /** Takes the values of a checkpoint. */
    @FunctionalInterface
    public interface Pieces {
        /**
         * Appends the next elements of an array. Those of different arrays may alternate.
         *
         * @param values float[], double[], int[] or long[], as the array's type is
         */
        void append(String array, Object values) throws IOException;
    }

    /**
     * Writes a checkpoint.
     *
     * @param file is empty
     * @param contents what the file says about itself
     * @param notes bytes of each further entry, by a name that no array has
     * @throws IllegalArgumentException if an array has 16 bits or state, or two entries have the same name
     * @throws IllegalStateException if values are missing at the end
     * @throws IOException if the file can't be written
     */
    public static void write(
            final FileChannel file,
            final Checkpoint.Contents contents,
            final Map<String, byte[]> notes,
            final Values values)
            throws IOException {
        checkSpecs(contents.specs(), notes);
        final NpzWriter npz = new NpzWriter(file);
        final Map<String, NpzWriter.Entry> entries = new HashMap<>();
        add(contents.specs(), true, npz, entries);
        npz.endOfPlainEntries();
        add(contents.specs(), false, npz, entries);
        values.appendTo((array, elements) -> {
            final byte[] bytes = CarrierBytes.of(elements);
            entries.get(array).append(bytes, 0, bytes.length);
        });
        for (final Map.Entry<String, byte[]> note : notes.entrySet()) {
            addBytes(npz, note.getKey(), note.getValue());
        }
        addBytes(npz, Metadata.ENTRY, metadata(contents).toJson().getBytes(UTF_8));
        npz.finish();
    }

    private static void checkSpecs(final List<ArraySpec> specs, final Map<String, byte[]> notes) {
        final EntryNames names = new EntryNames();
        names.addCheckpoint(specs);
        notes.keySet().forEach(name -> names.add(name, "the note " + Printable.text(name)));
        for (final ArraySpec spec : specs) {
            if (!ElementAccesses.of(spec.elementType()).isStoredAsCarried() || spec.stateCount() > 0) {
                throw new IllegalArgumentException(
                        "only arrays of 32 or 64 bits without state can be written so: " + spec);
            }
        }
    }

    private static void add(
            final List<ArraySpec> specs,
            final boolean plain,
            final NpzWriter npz,
            final Map<String, NpzWriter.Entry> entries)
            throws IOException {
        for (final ArraySpec spec : specs) {
            if (CheckpointFile.isPlain(spec, 0) == plain) {
                entries.put(spec.name(), npz.add(spec.name(), CheckpointFile.header(spec, 0), spec.lengthBytes()));
            }
        }
    }

    private static void addBytes(final NpzWriter npz, final String name, final byte[] bytes) throws IOException {
        npz.add(name, CheckpointFile.metadataHeader(bytes.length), bytes.length).append(bytes, 0, bytes.length);
    }

    private static Metadata metadata(final Checkpoint.Contents contents) {
        final List<StepRuns> steps = contents.specs().stream()
                .map(spec -> {
                    final StepRuns runs = StepRuns.empty();
                    runs.add(0, 0);
                    return runs;
                })
                .toList();
        final SavedRun run = new SavedRun(
                contents.steps(), contents.samples(), new EpochCount(contents.epoch(), 0, 0, 0), 0, -1, false);
        return new Metadata(contents.segment(), contents.consistency().name(), contents.specs(), steps, run);
    }

    /**
     * Opens a checkpoint, and checks all of it.
     *
     * @throws InvalidCheckpointException if the file is no checkpoint, or cut or altered
     */
    public static ArrayCheckpoint open(final Path path) {
        final ArrayCheckpoint checkpoint = new ArrayCheckpoint(path);
        try {
            checkpoint.file.verify();
            return checkpoint;
        } catch (final RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    /** The arrays. */
    public List<ArraySpec> specs() {
        return file.metadata().specs();
    }

    /**
     * The bytes of a further entry, if there is one.
     *
     * @throws InvalidCheckpointException if it holds no bytes
     */
    public Optional<byte[]> note(final String name) {
        try {
            return file.has(name) ? Optional.of(file.bytes(name)) : Optional.empty();
        } catch (final IOException | IllegalArgumentException e) {
            throw CheckpointFile.damaged(path, e);
        }
    }

    /**
     * Reads the values of an array, in the array's order.
     *
     * @param into float[], double[], int[] or long[], as the array's type is, with an element for each of the array's
     * @throws IllegalArgumentException if there is no such array, or it has another type or number of
     *     elements
     * @throws InvalidCheckpointException if the file can't be read
     */
    public void readInto(final String array, final Object into) {
        final ArraySpec spec = specs().stream()
                .filter(one -> one.name().equals(array))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "the checkpoint has no such array: name=" + Printable.text(array)));
        if (!ElementAccesses.of(spec.elementType()).isStoredAsCarried()) {
            throw new IllegalArgumentException("only arrays of 32 or 64 bits can be read so: " + spec);
        }
        CarrierBytes.check(spec, into);
        try (CheckpointFile.Content content = file.content(spec, 0)) {
            content.readElements((index, bytes, offset, length) ->
                    CarrierBytes.copy(ElementAccesses.of(spec.elementType()), bytes, offset, length, into, index));
        } catch (final IOException | IllegalArgumentException e) {
            throw CheckpointFile.damaged(path, e);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
