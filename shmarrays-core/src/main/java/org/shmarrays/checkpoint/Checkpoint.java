package org.shmarrays.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.EventKind;
import org.shmarrays.internal.output.IoFailure;
import org.shmarrays.internal.segment.FreeSpace;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.output.DurableFile;

// Over 300 lines: the façade of checkpoints, with the contract of each call.
/**
 * Writes a segment to a file and reads it back: values, state arrays, step counts, aliases and run control, in an
 * {@code .npz} that numpy and ND4J read ({@code docs/format/checkpoint.md}). Workers go on training meanwhile.
 *
 * <p>A file appears under its name only when it is whole and on the disk; one that was there stays until then. Calls
 * take the handle's thread, as all of its calls do.
 */
public final class Checkpoint {
    /** For the archive's headers. */
    private static final long SPARE_BYTES = 1 << 20;

    private Checkpoint() {}

    /** What a checkpoint's parts have in common. */
    public enum Consistency {
        /**
         * Each partition, with state arrays and step counts, is as it was at one instant; the instants differ. No one
         * is held back, and little memory is needed.
         */
        PER_PARTITION,
        /**
         * Each push is in it wholly or not at all: pushes wait while the values are copied to private memory outside of
         * the Java heap, of which as much must be free.
         */
        WHOLE_SEGMENT
    }

    /** What stands in a file. */
    public record Contents(
            String segment, Consistency consistency, List<ArraySpec> specs, long steps, long samples, long epoch) {}

    /** {@link #write(ShmArrays, Path, Consistency)}, per partition. */
    public static long write(final ShmArrays arrays, final Path file) {
        return write(arrays, file, Consistency.PER_PARTITION);
    }

    /**
     * Writes a checkpoint.
     *
     * @param arrays a handle with a slot
     * @param file is replaced if it is there; its directory must be there. Links are followed; devices and pipes are
     *     written to
     * @return the file's length in bytes
     * @throws IllegalArgumentException if the entries of two arrays would have the same name, or names that numpy can't
     *     tell apart
     * @throws InsufficientSpaceException if there is too little memory for a copy of the segment, or too little room
     *     for the file; none is left then, and one that was there is as it was
     * @throws org.shmarrays.errors.WaitTimeoutException if a push under way does not end in time
     * @throws org.shmarrays.errors.DamagedPartitionException if a partition is damaged; no file is written
     * @throws UncheckedIOException if the file can't be written; none is left, and one that was there is as it was
     */
    public static long write(final ShmArrays arrays, final Path file, final Consistency consistency) {
        final long startNs = System.nanoTime();
        final Written written = writeUntold(arrays, file, consistency);
        FileEvent.tell(arrays, EventKind.CHECKPOINT_WRITTEN, file, written.steps(), startNs);
        return written.lengthBytes();
    }

    /**
     * A file that was written.
     *
     * @param steps of all workers, as they stand in it
     */
    record Written(long lengthBytes, long steps) {}

    /** {@link #write(ShmArrays, Path, Consistency)} without the event, which is to name another file. */
    static Written writeUntold(final ShmArrays arrays, final Path file, final Consistency consistency) {
        new EntryNames().addCheckpoint(arrays.specs());
        warnIfVanished(arrays, file);
        Step.F1.reached();
        try (SegmentSnapshot snapshot = consistency == Consistency.WHOLE_SEGMENT
                ? SegmentSnapshot.whole(Doors.PARTITIONS.of(arrays), () -> SavedRun.of(arrays))
                : SegmentSnapshot.perPartition(Doors.PARTITIONS.of(arrays), () -> SavedRun.of(arrays))) {
            checkMemory(file, "checkpoint", arrays);
            final long lengthBytes = DurableFile.replace(
                    file, channel -> new SnapshotWriter(snapshot, channel).write(arrays.name(), consistency.name()));
            return new Written(lengthBytes, snapshot.run().steps());
        } catch (final IOException e) {
            throw failure("checkpoint", file, Doors.SEGMENT.of(arrays).layout().dataLengthBytes(), e);
        }
    }

    /**
     * To save what is about to be lost is what a checkpoint is for; but later ones of another process may be of another
     * segment.
     */
    private static void warnIfVanished(final ShmArrays arrays, final Path file) {
        try {
            arrays.checkPresent();
        } catch (final SegmentVanishedException e) {
            System.getLogger(Checkpoint.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "the checkpoint is written from this process's memory: file=" + file + "; "
                                    + e.getMessage());
        }
    }

    private static void checkMemory(final Path file, final String what, final ShmArrays arrays) throws IOException {
        final Path target = DurableFile.target(file);
        if (target != null) {
            FreeSpace.checkMemory(
                    target, what, Doors.SEGMENT.of(arrays).layout().dataLengthBytes());
        }
    }

    /** What an IOException means; what had been written is deleted already. */
    private static RuntimeException failure(
            final String what, final Path file, final long neededBytes, final IOException cause) {
        final long free = freeBytes(file);
        final String why = IoFailure.describe(cause);
        return free < neededBytes + SPARE_BYTES
                ? new InsufficientSpaceException(
                        "not enough space for the " + what + ": file=" + file + ", "
                                + FreeSpace.neededAndFree(neededBytes, free) + ", " + why
                                + "; free some space, or write to another file system",
                        cause)
                : new UncheckedIOException("cannot write the " + what + ": file=" + file + ", " + why, cause);
    }

    /** Room for a file; devices and pipes have no limit that is known. */
    private static long freeBytes(final Path file) {
        try {
            final Path target = DurableFile.target(file);
            if (target == null) {
                return Long.MAX_VALUE;
            }
            final FileStore store = Files.getFileStore(target.getParent());
            return store.getTotalSpace() == 0 ? Long.MAX_VALUE : store.getUsableSpace(); // a tmpfs without a limit
        } catch (final IOException e) {
            return Long.MAX_VALUE; // then it is not for want of room
        }
    }

    /**
     * Writes some values as {@code .npz}, in the same way as a checkpoint, but without what {@link #restore} needs: for
     * numpy and ND4J.
     *
     * @param specs name, type, shape and order of each
     * @param values of each the array that carries its values; float[] for float32, and so on, no 16-bit types
     * @throws IllegalArgumentException if two arrays have the same name, or numpy can't tell their names apart
     */
    public static void export(final Path file, final List<ArraySpec> specs, final List<?> values) {
        new EntryNames().addValues(specs);
        try {
            DurableFile.replace(file, channel -> ValueExport.write(channel, specs, values));
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot write the values: file=" + file + ", " + IoFailure.describe(e), e);
        }
    }

    /** {@link #export(Path, ShmArrays, ExportFormat)} in the format that the file's name says. */
    public static long export(final Path file, final ShmArrays arrays) {
        return export(file, arrays, ExportFormat.of(file));
    }

    /**
     * Writes the values of all arrays without what {@link #restore} needs: for numpy, ND4J and PyTorch. Each partition
     * of the locked modes is consistent; memory for one partition suffices, in {@code .safetensors} for two copies of
     * an array of order F.
     *
     * @param arrays any handle, with or without a slot
     * @param file is replaced if it is there; its directory must be there. Links are followed; devices and pipes are
     *     written to
     * @return the file's length in bytes
     * @throws IllegalArgumentException if the format allows no array of that name; no file is written
     * @throws UncheckedIOException if the file can't be written; none is left, and one that was there is as it was
     * @throws org.shmarrays.errors.DamagedPartitionException if a partition is damaged; no file is written
     * @throws org.shmarrays.errors.TornReadException if a handle without a slot finds no instant at which a partition
     *     is whole; no file is written
     */
    public static long export(final Path file, final ShmArrays arrays, final ExportFormat format) {
        try {
            checkMemory(file, "values", arrays);
            return DurableFile.replace(file, channel -> {
                switch (format) {
                    case NPZ -> ValueExport.write(channel, arrays);
                    case SAFETENSORS -> new SafetensorsWriter(channel, Doors.PIECES.of(arrays)).write(arrays.specs());
                }
            });
        } catch (final IOException e) {
            throw failure("values", file, Doors.SEGMENT.of(arrays).layout().dataLengthBytes(), e);
        }
    }

    /**
     * What stands in a file; the values are not looked at.
     *
     * @throws InvalidCheckpointException if it is no checkpoint
     */
    public static Contents describe(final Path file) {
        try (CheckpointFile checkpoint = CheckpointFile.open(file)) {
            final Metadata metadata = checkpoint.metadata();
            return new Contents(
                    metadata.segment(),
                    consistency(file, metadata),
                    metadata.specs(),
                    metadata.run().steps(),
                    metadata.run().samples(),
                    metadata.run().epochs().epoch());
        }
    }

    /**
     * Reads a checkpoint once.
     *
     * @throws InvalidCheckpointException if it is no checkpoint, or cut or altered
     */
    public static void verify(final Path file) {
        try (CheckpointFile checkpoint = CheckpointFile.open(file)) {
            checkpoint.verify();
        }
    }

    private static Consistency consistency(final Path file, final Metadata metadata) {
        return Arrays.stream(Consistency.values())
                .filter(value -> value.name().equals(metadata.consistency()))
                .findFirst()
                .orElseThrow(() -> new InvalidCheckpointException(
                        "not a checkpoint: file=" + file + ", consistency=" + Printable.text(metadata.consistency())));
    }

    /** {@link #restore(Path, String, Settings)} with the settings of the properties. */
    public static ShmArrays restore(final Path file, final String name) {
        return restore(file, name, Settings.fromProperties());
    }

    /**
     * Creates a segment from a checkpoint. It may have other partitions and another number of slots than the one that
     * was written. Turns of mode ORDERED begin again.
     *
     * @param name of the new segment
     * @throws InvalidCheckpointException if the file is no checkpoint, or cut or altered; there is no segment then
     * @throws org.shmarrays.errors.SegmentExistsException if there is a segment of this name
     * @throws InsufficientSpaceException if there is too little room
     */
    public static ShmArrays restore(final Path file, final String name, final Settings settings) {
        return restore(file, name, arrays -> {}, settings);
    }

    /**
     * {@link #restore(Path, String, Settings)}, and changes what was restored before other processes can see it.
     *
     * @param afterwards called with the restored arrays; when it throws, there is no segment
     */
    public static ShmArrays restore(
            final Path file, final String name, final Consumer<ShmArrays> afterwards, final Settings settings) {
        try (CheckpointFile checkpoint = CheckpointFile.open(file)) {
            checkpoint.verify();
            return ShmArrays.create(
                    name,
                    checkpoint.metadata().specs(),
                    arrays -> {
                        final Restoring restoring = new Restoring(file, checkpoint, arrays);
                        restoring.run();
                        restoring.tell();
                        afterwards.accept(arrays);
                    },
                    settings);
        }
    }

    /**
     * Puts a checkpoint's values into a segment that is there; its partitions, slots and rounding stay as they are. The
     * file is verified first. Pushes, and reads in the locked modes, wait meanwhile; private copies of ORDERED arrays
     * follow at their workers' next turns. Damaged partitions are whole again afterwards.
     *
     * @param arrays a handle with a slot; names, types, shapes, orders, modes and numbers of state arrays must be the
     *     checkpoint's
     * @throws InvalidCheckpointException if the file is no checkpoint, cut or altered, or holds other arrays; nothing
     *     was changed
     * @throws org.shmarrays.errors.WaitTimeoutException if a push under way does not end in time; nothing was changed
     */
    public static void restoreInto(final ShmArrays arrays, final Path file) {
        try (CheckpointFile checkpoint = CheckpointFile.open(file)) {
            checkSpecs(arrays, checkpoint.metadata().specs(), file);
            checkpoint.verify();
            final Restoring restoring = new Restoring(file, checkpoint, arrays);
            Doors.PARTITIONS.of(arrays).overwrite(restoring::run);
            restoring.tell();
        }
    }

    private static void checkSpecs(final ShmArrays arrays, final List<ArraySpec> saved, final Path file) {
        final List<String> others = new ArrayList<>();
        final List<ArraySpec> own = arrays.specs();
        for (int i = 0; i < Math.max(saved.size(), own.size()); i++) {
            final ArraySpec mine = i < own.size() ? own.get(i) : null;
            final ArraySpec its = i < saved.size() ? saved.get(i) : null;
            if (mine == null || its == null || !mine.matches(its.withRounding(mine.rounding()))) {
                others.add("segment has " + mine + ", file has " + its);
            }
        }
        if (!others.isEmpty()) {
            throw new InvalidCheckpointException(
                    "the checkpoint has other arrays than the segment: file=" + file + ", segment="
                            + arrays.name() + ", " + others.get(0)
                            + (others.size() == 1 ? "" : ", and " + (others.size() - 1) + " more")
                            + "; restore it under a new name");
        }
    }

    /** A format in which values are written for other programs. */
    public enum ExportFormat {
        /** {@code .npz}, for numpy and ND4J. bfloat16, which numpy lacks, is written as its raw bits (uint16). */
        NPZ,
        /** {@code .safetensors}, for PyTorch and others. Every array is in order C, and bfloat16 is BF16. */
        SAFETENSORS;

        /** SAFETENSORS for a name that ends in {@code .safetensors}, else NPZ. */
        public static ExportFormat of(final Path file) {
            return file.toString().endsWith(".safetensors") ? SAFETENSORS : NPZ;
        }
    }
}
