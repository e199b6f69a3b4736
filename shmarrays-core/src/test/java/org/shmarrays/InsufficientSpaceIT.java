package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.EventRing;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.internal.worker.DeadSegments.Condition;
import org.shmarrays.internal.worker.DeadSegments.Entry;
import org.shmarrays.internal.worker.DeadSegments.Outcome;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;

/** A file system of 4 MiB in memory, which only root may mount. */
@Tag("shared")
class InsufficientSpaceIT {
    @TempDir
    private Path directory;

    private Path mounted;

    @BeforeEach
    void mount() throws Exception {
        mounted = Files.createDirectory(directory.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", mounted.toString()),
                "a tmpfs can't be mounted: not root, or in a container that forbids it");
    }

    @AfterEach
    void unmount() throws Exception {
        if (Files.getFileStore(mounted).type().equals("tmpfs")
                && Files.getFileStore(mounted).getTotalSpace() == 4 << 20) {
            assertThat(run("umount", "-l", mounted.toString())).isTrue();
        }
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(mounted).withSlots(40);
    }

    private static List<ArraySpec> specs(final int bytes) {
        return List.of(ArraySpec.of("w", FLOAT32, bytes / 4));
    }

    private static void assertTooLittle(final ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(InsufficientSpaceException.class)
                .hasMessageContainingAll(
                        "not enough space", "needed=", "free=", "iB", "--shm-size", "shmarrays.directory");
    }

    private List<String> listing() throws IOException {
        try (var paths = Files.walk(mounted, new FileVisitOption[0])) {
            return paths.filter(path -> !path.equals(mounted))
                    .map(path -> mounted.relativize(path).toString())
                    .toList();
        }
    }

    @Test
    void shouldSayWhatIsNeededAndLeaveNothing() throws IOException {
        assertTooLittle(() -> ShmArrays.create("s", specs(5 << 20), settings()));
        assertTooLittle(() -> ShmArrays.createOrAttach("s", specs(5 << 20), arrays -> {}, settings()));

        assertThat(listing()).isEmpty();
        ShmArrays.create("s", specs(1 << 20), settings()).close();
    }

    /** The rough check does not count pages: when it is passed, writing fails. */
    @Test
    void shouldSayWhatIsNeededWhenTheFileSystemFillsUp() throws IOException {
        final List<ArraySpec> specs = new ArrayList<>();
        for (int state = 0; state < 5; state++) {
            specs.add(
                    ArraySpec.of("w" + state, FLOAT32, 10).inMode(Mode.HOGWILD).withState(state));
        }
        int refused = 0;
        final int room = (4 << 20) - EventRing.LENGTH;
        for (int bytes = room - 300_000; bytes < room; bytes += 3 * 4096) {
            specs.set(0, ArraySpec.of("w0", FLOAT32, bytes / 4).inMode(Mode.HOGWILD));
            Await.until("the room of the removed segment is free", this::isEmpty);
            try {
                ShmArrays.create("s", List.copyOf(specs), settings()).close();
                ShmArrays.remove("s", settings());
            } catch (final InsufficientSpaceException e) {
                assertThat(e).hasMessageContainingAll("needed=", "free=");
                refused += e.getCause() == null ? 0 : 1;
            }
            assertThat(listing()).isEmpty();
        }
        assertThat(refused)
                .as("files that did not fit although the check was passed")
                .isPositive();
    }

    /** Mappings go with garbage collection. */
    private boolean isEmpty() {
        System.gc();
        try {
            final FileStore store = Files.getFileStore(mounted);
            return store.getUsableSpace() == store.getTotalSpace();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldHaveTheRoomOfRemovedSegmentsAgain() {
        for (int i = 0; i < 10; i++) {
            ShmArrays.create("s" + i, specs(3 << 20), settings()).close();
            ShmArrays.remove("s" + i, settings());
        }
        final Settings replace = settings().withLeftovers(Settings.Leftovers.REPLACE);
        for (int i = 0; i < 3; i++) {
            ShmArrays.createOrAttach("s", specs(3 << 20), arrays -> {}, replace).close();
        }
    }

    @Test
    void shouldSayWhatASlotNeeds() throws IOException {
        final Map<String, float[]> ones = Map.of("w", new float[(2 << 20) / 4]);
        final List<ShmArrays> handles = new ArrayList<>();
        try {
            handles.add(ShmArrays.create("s", specs(2 << 20), settings()));
            assertTooLittle(() -> {
                for (int i = 0; i < 30; i++) {
                    handles.add(handles.get(0).newHandle());
                }
            });
            final int got = handles.size();
            assertThat(got).isBetween(3, 9);
            final List<String> files = listing();
            assertTooLittle(() -> ShmArrays.attach("s", settings()));
            assertThat(listing()).isEqualTo(files).noneMatch(file -> file.endsWith(".new"));

            // A worker that has a slot goes on working, and a slot that is given back can be claimed.
            for (final ShmArrays handle : handles) {
                handle.add(ones);
            }
            handles.remove(got - 1).close();
            handles.add(ShmArrays.attach("s", settings()));
        } finally {
            handles.forEach(ShmArrays::close);
        }
    }

    @Test
    void shouldClaimASlotWhenThereIsRoomAgain() throws IOException {
        try (ShmArrays first = ShmArrays.create("s", specs(1 << 20), settings())) {
            final Path ballast = fill(mounted, 100_000);
            assertTooLittle(first::newHandle);
            assertTooLittle(first::newHandle);
            Files.delete(ballast);

            try (ShmArrays second = first.newHandle()) {
                assertThat(second.slotId()).isEqualTo(1);
                second.add(Map.of("w", new float[(1 << 20) / 4]));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Checkpoint.Consistency.class)
    void shouldKeepTheOldCheckpointWhenANewOneDoesNotFit(final Checkpoint.Consistency consistency) throws IOException {
        final Settings elsewhere = settings().withDirectory(directory.resolve("segments"));
        final Path file = mounted.resolve("c.npz");
        final float[] ones = new float[(1 << 20) / 4];
        java.util.Arrays.fill(ones, 1);
        try (ShmArrays arrays = ShmArrays.create("s", specs(1 << 20), elsewhere);
                ShmArrays worker = arrays.newHandle()) {
            Checkpoint.write(arrays, file, consistency);
            final byte[] old = Files.readAllBytes(file);
            final Path ballast = fill(mounted, 500_000);
            worker.add(Map.of("w", ones));

            assertThatThrownBy(() -> Checkpoint.write(arrays, file, consistency))
                    .isInstanceOf(InsufficientSpaceException.class)
                    .hasMessageContainingAll(
                            "not enough space for the checkpoint", "c.npz", "needed=1.0 MiB", "free=4");

            assertThat(listing()).containsExactlyInAnyOrder("c.npz", "ballast");
            assertThat(Files.readAllBytes(file)).isEqualTo(old);
            // No worker is held back, and the push works as soon as there is space.
            worker.add(Map.of("w", ones));
            Files.delete(ballast);
            Checkpoint.write(arrays, file, consistency);
            try (ShmArrays restored = Checkpoint.restore(file, "r", elsewhere)) {
                assertThat(restored.read().get("w")).containsOnly(2f);
            }
        }
    }

    /** A creator that has its lock already may be at work. */
    @Test
    void shouldDeleteNothingUnfinishedWithoutRoomForTheLock() throws IOException {
        final Path unfinished = Files.createDirectory(mounted.resolve(".creating-s-1"));
        final DeadSegments segments = new DeadSegments(Doors.ROOT.of(settings()));
        final Entry before = segments.find().get(0);
        assertThat(before.condition()).isEqualTo(Condition.UNFINISHED);
        final Path ballast = fill(mounted, 0);

        // To look takes no room.
        assertThat(segments.find()).extracting(Entry::condition).contains(Condition.UNFINISHED);
        final Outcome outcome = segments.remove(before, true);
        assertThat(outcome.removed()).isFalse();
        assertThat(outcome.entry().condition()).isEqualTo(Condition.UNREADABLE);
        assertThat(unfinished).exists();

        Files.delete(ballast);
        assertThat(segments.remove(before, true).removed()).isTrue();
        assertThat(unfinished).doesNotExist();
    }

    private static Path fill(final Path directory, final long leaveBytes) throws IOException {
        final long bytes = Files.getFileStore(directory).getUsableSpace() - leaveBytes;
        return Files.write(directory.resolve("ballast"), new byte[(int) bytes]);
    }
}
