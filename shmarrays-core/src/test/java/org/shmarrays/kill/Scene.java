package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.ArrayValues;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.KilledPush;
import org.shmarrays.testing.StepJournal;
import org.shmarrays.update.Updates;

/**
 * A segment in which a process is killed: one partition of three blocks with Adam's two state arrays, or four
 * partitions, and what it must hold afterwards, which is worked out by the same pushes in a segment where no one dies.
 */
final class Scene {
    static final String NAME = "w";
    static final double LEARNING_RATE = 0.01;

    static final int ELEMENTS = 6_000;
    static final int SLOTS = 4;
    private static final int PARTITION_BYTES = 64 << 10;
    private static final int QUARTER_BYTES = 6_400;

    /** The number of the victim's push by chunks of which none is there; so many are there as a number is greater. */
    private static final int CHUNKS = 100;

    private static final Duration LONGEST_STALL = Duration.ofSeconds(10);

    /** What the array holds after pushes, with the bytes of a partition behind them, where no one dies. */
    private static final Map<List<Integer>, float[][]> AFTER_PUSHES = new ConcurrentHashMap<>();

    private final Path directory;
    private final Path reference;
    private final Path journal;
    private final int partitionBytes;
    private final List<Integer> pushes = new ArrayList<>();

    /** A scene in an empty directory. */
    Scene(final Path parent) {
        this(parent, "segments", PARTITION_BYTES);
    }

    /** A scene with four partitions. */
    static Scene inFourPartitions(final Path parent) {
        return new Scene(parent, "segments", QUARTER_BYTES);
    }

    private Scene(final Path parent, final String name, final int partitionBytes) {
        this.partitionBytes = partitionBytes;
        this.directory = parent.resolve(name);
        this.reference = parent.resolve(name + "-reference");
        this.journal = parent.resolve(name + ".journal");
        pushes.add(0);
    }

    static Settings settings(final Path directory) {
        final Settings settings = Settings.fromProperties().withSlots(SLOTS).withPartitionBytes(PARTITION_BYTES);
        return directory == null
                ? settings
                : settings.withDirectory(directory)
                        .withLockTimeout(LONGEST_STALL)
                        .withAttachTimeout(LONGEST_STALL)
                        .withWorkerTimeout(LONGEST_STALL);
    }

    Settings settings() {
        return settings(directory).withPartitionBytes(partitionBytes);
    }

    /** A segment after one push, {@link #gradient} 0. */
    static ShmArrays create(final Settings settings) {
        return ShmArrays.create(NAME, specs(), arrays -> push(arrays, 0), settings);
    }

    /** The same, if it is not there. */
    static ShmArrays createOrAttach(final Settings settings) {
        return ShmArrays.createOrAttach(NAME, specs(), arrays -> push(arrays, 0), settings);
    }

    private static List<ArraySpec> specs() {
        return List.of(ArraySpec.of("w", FLOAT32, ELEMENTS).withState(2));
    }

    /** Makes the segment; its first slot is free again then. */
    Scene created() {
        create(settings()).close();
        return this;
    }

    /** The same scene at another place, with the dead that lie in it. */
    Scene copy(final Path parent, final String name) {
        final Scene copy = new Scene(parent, name, partitionBytes);
        copy.pushes.clear();
        copy.pushes.addAll(pushes);
        copyFiles(directory.resolve(NAME), copy.directory.resolve(NAME));
        return copy;
    }

    private static void copyFiles(final Path from, final Path to) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
            Files.createDirectories(to);
            to.toFile().setWritable(false, false);
            to.toFile().setWritable(true, true);
            for (final Path file : files) {
                Files.copy(file, to.resolve(file.getFileName()), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static float[] gradient(final int push) {
        final float[] gradient = new float[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            gradient[i] = (i % 17 - 8 + push) * 0.125f;
        }
        return gradient;
    }

    private static void push(final ShmArrays arrays, final int number) {
        if (number >= CHUNKS) {
            ChunkChange.of(arrays).push(number - CHUNKS);
            return;
        }
        arrays.update(Map.of("w", gradient(number)), Updates.adam(LEARNING_RATE));
    }

    /** A push of this process, which must be in the segment at the end. */
    void push(final ShmArrays arrays) {
        push(arrays, 2);
        pushes.add(2);
    }

    ShmArrays attach() {
        return ShmArrays.attach(NAME, settings());
    }

    Path directory() {
        return directory;
    }

    Path checkpoint() {
        return directory.resolveSibling("w.npz");
    }

    /** The victim's push is to be in the segment at the end. */
    void victimHasPushed() {
        pushes.add(1);
    }

    /** The first chunks of the victim's push by chunks are to be in the segment at the end. */
    void victimHasPushedChunks(final int count) {
        pushes.add(CHUNKS + count);
    }

    /** Starts a process that will be killed. */
    Jvm start(final Victim.Deed deed, final KillSpot spot, final String... flags) {
        try {
            Files.deleteIfExists(journal);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final List<String> all = KilledPush.flags(journal, spot);
        all.addAll(List.of(flags));
        return Jvm.start(
                all, 0, 1, Victim.class, directory, deed.name(), checkpoint().toString());
    }

    /** Does something in a process that is killed at a spot. */
    void kill(final Victim.Deed deed, final KillSpot spot, final String... flags) {
        try (Jvm victim = start(deed, spot, flags)) {
            awaitKilled(victim, spot);
        }
    }

    void awaitKilled(final Jvm victim, final KillSpot spot) {
        assertThat(victim.awaitExit())
                .as("exit code of the victim, to be killed at %s:%n%s", spot, victim.output())
                .isEqualTo(KilledPush.SIGKILLED);
        assertThat(lastStep()).isEqualTo(spot.step());
    }

    /** The step that the victim came to. */
    Step lastStep() {
        return StepJournal.last(journal);
    }

    /** Others get all slots, go on, and find the pushes that are done and no part of another one. */
    void checkOthersGoOn() {
        final List<ShmArrays> handles = new ArrayList<>();
        try {
            for (int i = 0; i < SLOTS; i++) {
                handles.add(i == 0 ? attach() : handles.get(0).newHandle());
                push(handles.get(i));
            }
            Doors.PARTITIONS.of(handles.get(0)).whilePaused(() -> {});
            assertHolds(handles.get(1));
        } finally {
            handles.forEach(ShmArrays::close);
        }
    }

    private void assertHolds(final ShmArrays arrays) {
        final float[][] found = ArrayValues.withTwoStateArrays(arrays, "w", ELEMENTS);
        final List<Integer> key = new ArrayList<>(pushes);
        key.add(partitionBytes);
        final float[][] expected = AFTER_PUSHES.computeIfAbsent(key, numbers -> undisturbed());
        if (!Arrays.deepEquals(found, expected)) {
            assertThat(found).isDeepEqualTo(expected); // says where, but takes its time
        }
    }

    private float[][] undisturbed() {
        try (ShmArrays undisturbed = create(settings(reference).withPartitionBytes(partitionBytes))) {
            pushes.subList(1, pushes.size()).forEach(number -> push(undisturbed, number));
            return ArrayValues.withTwoStateArrays(undisturbed, "w", ELEMENTS);
        } finally {
            ShmArrays.remove(NAME, settings(reference));
        }
    }

    /** How often a partition was taken over from a dead worker. */
    long recoveries() {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(NAME, settings())) {
            return arrays.status().array("w").recoveries();
        }
    }

    /** Writes the checkpoint, and makes the segment differ from it. */
    void writeCheckpointAndGoOn() {
        try (ShmArrays arrays = attach()) {
            Checkpoint.write(arrays, checkpoint());
            push(arrays);
        }
    }

    /** Puts the checkpoint back. */
    void restore() {
        try (ShmArrays arrays = attach()) {
            Checkpoint.restoreInto(arrays, checkpoint());
        }
        restored();
    }

    /** The checkpoint's values are to be in the segment at the end. */
    void restored() {
        pushes.clear();
        pushes.add(0);
    }

    /** Names in a directory that stand for something unfinished. */
    static List<String> unfinished(final Path directory) {
        final List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, ".*")) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }
}
