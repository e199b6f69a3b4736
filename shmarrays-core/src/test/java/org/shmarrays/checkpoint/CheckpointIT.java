package org.shmarrays.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint.Consistency;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Workers;

/** Checkpoints while other processes push, and of writers that are killed. */
@Tag("shared")
class CheckpointIT {
    private static final int ELEMENTS = 20_000;
    private static final int SNAPSHOTS = 8;

    @TempDir
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(8)
                .withLockTimeout(Duration.ofSeconds(60));
    }

    /** Each push adds the same to four arrays of two modes, over many partitions: in a snapshot they are equal. */
    @Test
    void shouldContainEachPushWhollyOrNotAtAll() throws Exception {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("a", FLOAT32, ELEMENTS),
                ArraySpec.of("b", FLOAT32, ELEMENTS).withState(1),
                ArraySpec.of("c", FLOAT32, ELEMENTS).inMode(Mode.ATOMIC),
                ArraySpec.of("d", FLOAT32, ELEMENTS).inMode(Mode.ATOMIC));
        try (ShmArrays arrays = ShmArrays.create("p", specs, settings());
                Workers workers = Workers.start(Pusher.class, 3, directory.resolve("segments"))) {
            float last = 0;
            for (int i = 0; i < SNAPSHOTS; i++) {
                final float before = last;
                Await.until("pushes", () -> arrays.read().get("a")[0] > before + 3);
                final Path file = directory.resolve("c" + i + ".npz");
                Checkpoint.write(arrays, file, Consistency.WHOLE_SEGMENT);
                try (ShmArrays restored = Checkpoint.restore(file, "r" + i, settings())) {
                    final Map<String, float[]> values = restored.read();
                    last = values.get("a")[0];
                    final float[] expected = new float[ELEMENTS];
                    Arrays.fill(expected, last);
                    values.forEach((name, array) -> assertThat(array).as(name).containsExactly(expected));
                }
            }
            assertThat(last).isGreaterThan(SNAPSHOTS);
            arrays.runControl().stop();
            workers.awaitSuccess();
        }
    }

    /** The test above would show a push in halves: a checkpoint per partition does. */
    @Test
    void shouldShowPushesInHalvesWhereOnlyPartitionsAreConsistent() throws Exception {
        final List<ArraySpec> specs = List.of(
                ArraySpec.of("a", FLOAT32, ELEMENTS), ArraySpec.of("b", FLOAT32, ELEMENTS),
                ArraySpec.of("c", FLOAT32, ELEMENTS), ArraySpec.of("d", FLOAT32, ELEMENTS));
        try (ShmArrays arrays = ShmArrays.create("p", specs, settings());
                Workers workers = Workers.start(Pusher.class, 2, directory.resolve("segments"))) {
            Await.until("pushes", () -> arrays.read().get("a")[0] > 3);
            final Path file = directory.resolve("c.npz");
            Await.until("a push in halves", () -> {
                Checkpoint.write(arrays, file, Consistency.PER_PARTITION);
                try (ShmArrays restored = Checkpoint.restore(file, "r", settings())) {
                    final Map<String, float[]> values = restored.read();
                    return values.get("a")[0] != values.get("d")[ELEMENTS - 1];
                } finally {
                    ShmArrays.remove("r", settings());
                }
            });
            arrays.runControl().stop();
            workers.awaitSuccess();
        }
    }

    @Test
    void shouldCopyAWholeSegmentThatIsLargerThanTheHeap() {
        final Path file = directory.resolve("c.npz");
        final float[] values = new float[8 << 20];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        final ArraySpec spec = ArraySpec.of("a", FLOAT32, values.length).withState(1);
        try (ShmArrays arrays = ShmArrays.create("p", List.of(spec), settings())) {
            arrays.write(Map.of("a", values));
            try (Jvm writer = Jvm.start(
                    Stream.concat(JvmFlags.ofThisJvm().stream(), Stream.of("-Xmx24m"))
                            .toList(),
                    0,
                    1,
                    WholeWriter.class,
                    directory.resolve("segments"),
                    file.toString())) {
                writer.awaitSuccess();
            }
            Checkpoint.restoreInto(arrays, file);
            assertThat(arrays.read().get("a")).isEqualTo(values);
        }
    }

    /** Writes a checkpoint of the whole segment. */
    static final class WholeWriter {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("p")) {
                Checkpoint.write(arrays, Path.of(arguments[0]), Consistency.WHOLE_SEGMENT);
            }
        }
    }

    @Test
    void shouldLeaveTheOldFileWhenTheWriterIsKilled() throws Exception {
        final Path file = directory.resolve("c.npz");
        final int elements = 8 << 20;
        try (ShmArrays arrays = ShmArrays.create("p", List.of(ArraySpec.of("a", FLOAT32, elements)), settings())) {
            arrays.write(Map.of("a", new float[elements]));
            Checkpoint.write(arrays, file);
            int killedInTheMiddle = 0;
            for (int i = 0; i < 20 && killedInTheMiddle < 3; i++) {
                try (Jvm writer = Jvm.start(Writer.class, directory.resolve("segments"), file.toString())) {
                    Await.until("a file is being written", () -> parts() > 0);
                    writer.kill();
                }
                killedInTheMiddle += parts() > 0 ? 1 : 0;
                try (ShmArrays restored = Checkpoint.restore(file, "r" + i, settings())) {
                    assertThat(restored.specs()).isEqualTo(arrays.specs());
                }
                ShmArrays.remove("r" + i, settings());
                Checkpoint.write(arrays, file);
                assertThat(parts()).isZero();
            }
            assertThat(killedInTheMiddle).isGreaterThan(0);
        }
    }

    @Test
    void shouldSayThatASegmentIsDamagedWhenItsRestorerIsKilledAndMakeItWholeAgain() {
        try (ShmArrays arrays = ShmArrays.create("p", List.of(ArraySpec.of("a", FLOAT32, ELEMENTS)), settings())) {
            final Path file = directory.resolve("c.npz");
            Checkpoint.write(arrays, file);
            try (Jvm restorer = Jvm.start(StuckRestorer.class, directory.resolve("segments"))) {
                restorer.awaitLine("restoring");
                restorer.kill();
            }
            assertThatThrownBy(arrays::read).isInstanceOf(DamagedPartitionException.class);

            Checkpoint.restoreInto(arrays, file);

            assertThat(arrays.read().get("a")).containsOnly(0f);
            arrays.add(Map.of("a", new float[ELEMENTS]));
        }
    }

    private long parts() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(path -> path.toString().endsWith(".part")).count();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds 1 to everything, until it is told to stop. */
    static final class Pusher {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("p")) {
                final float[] ones = new float[ELEMENTS];
                Arrays.fill(ones, 1);
                while (!arrays.runControl().isStopped()) {
                    arrays.add(Map.of("a", ones, "b", ones, "c", ones, "d", ones));
                }
            }
        }
    }

    /** Overwrites the segment, and comes to no end. */
    static final class StuckRestorer {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("p")) {
                Doors.PARTITIONS.of(arrays).overwrite(() -> {
                    System.out.println("restoring");
                    while (true) {
                        LockSupport.park();
                    }
                });
            }
        }
    }

    /** Writes checkpoints until it is killed. */
    static final class Writer {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.attach("p")) {
                while (true) {
                    Checkpoint.write(arrays, Path.of(arguments[0]));
                }
            }
        }
    }
}
