package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Names;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;

class RemovalAtEndTest {
    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", ElementType.FLOAT32, 4));

    @TempDir
    private Path directory;

    private Settings settings;

    @BeforeEach
    void useOwnDirectory() {
        settings = Settings.fromProperties().withDirectory(directory);
    }

    private ShmArrays create(final RemovalAtEnd removal) {
        return removal.create(SPECS, arrays -> {});
    }

    @Test
    void shouldRemoveWhatWasCreated() {
        try (RemovalAtEnd removal = RemovalAtEnd.ofCreated("w", settings);
                ShmArrays arrays = create(removal)) {
            assertThat(Doors.ROOT.of(settings).names()).containsExactly(arrays.name());
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldLeaveTheSegmentOfAnotherWhereCreationFails() {
        try (ShmArrays others = ShmArrays.create("w", SPECS, settings)) {
            try (RemovalAtEnd removal = RemovalAtEnd.ofCreated("w", settings)) {
                assertThatThrownBy(() -> create(removal)).isInstanceOf(SegmentExistsException.class);
            }

            assertThat(Doors.ROOT.of(settings).names()).containsExactly("w");
            assertThat(others.read()).containsKey("w"); // it is not marked as removed either
        }
    }

    @Test
    void shouldLeaveASegmentThatWasCreatedAgainUnderTheName() {
        final ShmArrays again;
        try (RemovalAtEnd removal = RemovalAtEnd.ofCreated("w", settings);
                ShmArrays arrays = create(removal)) {
            ShmArrays.remove(arrays.name(), settings);
            again = ShmArrays.create("w", SPECS, settings);
        }
        try (again) {
            assertThat(again.read()).containsKey("w");
            assertThat(Doors.ROOT.of(settings).names()).containsExactly("w");
        }
    }

    @Test
    void shouldCreateNothingOnceTheRunIsOver() {
        final RemovalAtEnd removal = RemovalAtEnd.ofCreated("w", settings);
        removal.close();

        assertThatThrownBy(() -> create(removal)).hasMessageContaining("the run has ended");
        assertThat(Doors.ROOT.of(settings).names()).isEmpty();
    }

    @Test
    void shouldRemoveTheDataOfTheRunsOwnSegmentAlone() {
        final String longest = "w".repeat(Names.MAX_SEGMENT_NAME_LENGTH);
        for (final String name : List.of("w-data", "w-date", "v", "v-data", longest)) {
            ShmArrays.create(name, SPECS, settings).close();
        }
        for (final String name : List.of("w", longest)) {
            RemovalAtEnd.ofName(name, settings).close();
        }
        try (RemovalAtEnd removal = RemovalAtEnd.ofCreated("u", settings);
                ShmArrays arrays = removal.create(SPECS, fresh -> {})) {
            ShmArrays.create("u-data", SPECS, settings).close();
            assertThat(arrays.name()).isEqualTo("u");
        }

        assertThat(Doors.ROOT.of(settings).names()).containsExactly("u-data", "v", "v-data", "w-date");
    }

    @Test
    void shouldRemoveWhateverHasANameOfTheRunsOwn() {
        try (RemovalAtEnd removal = RemovalAtEnd.ofName("w", settings)) {
            assertThat(removal).isNotNull();
            ShmArrays.create("w", SPECS, settings).close();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldRemoveWhatTheWorkersHaveCreatedAlone() {
        final Set<UUID> own = new HashSet<>();
        try (RemovalAtEnd removal = RemovalAtEnd.ofWorkers("w", own::contains, settings);
                RemovalAtEnd ofOthers = RemovalAtEnd.ofWorkers("v", own::contains, settings)) {
            assertThat(List.of(removal, ofOthers)).doesNotContainNull();
            for (final String name : List.of("w", "v-data")) {
                ShmArrays.create(
                                name,
                                SPECS,
                                arrays -> own.add(Doors.SEGMENT.of(arrays).uid()),
                                settings)
                        .close();
            }
            for (final String name : List.of("w-data", "v")) {
                ShmArrays.create(name, SPECS, settings).close();
            }
        }

        assertThat(Doors.ROOT.of(settings).names()).containsExactly("v", "w-data");
    }

    /** Of a worker that was killed when it had just taken the lock. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRemoveALockFileThatWasLeft(final boolean isOfWorkers) throws IOException {
        try (RemovalAtEnd removal = isOfWorkers
                ? RemovalAtEnd.ofWorkers("w", uid -> false, settings)
                : RemovalAtEnd.ofName("w", settings)) {
            assertThat(removal).isNotNull();
            Files.createFile(directory.resolve(".create-w.lock"));
            Files.createFile(directory.resolve(".create-w-data.lock"));
        }

        assertThat(directory).isEmptyDirectory();
    }

    /** A process that ends while one of its threads creates the segment would leave the files of the creation. */
    @Test
    void shouldRemoveOnlyWhenACreationThatHasBegunIsOver() throws Exception {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch mayGoOn = new CountDownLatch(1);
        final RemovalAtEnd removal = RemovalAtEnd.ofCreated("w", settings);
        final CompletableFuture<Void> creator = Background.run(() -> removal.create(SPECS, fresh -> {
                    begun.countDown();
                    await(mayGoOn);
                })
                .close());
        await(begun);
        final Thread hook = closing(removal);

        mayGoOn.countDown();

        creator.get();
        hook.join();
        assertThat(directory).isEmptyDirectory();
    }

    /** The thread that closes it and the one that a signal starts. */
    @Test
    void shouldRemoveByOneThreadAtATime() throws Exception {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch mayGoOn = new CountDownLatch(1);
        ShmArrays.create("w", SPECS, settings).close();
        final RemovalAtEnd removal = RemovalAtEnd.ofWorkers(
                "w",
                uid -> {
                    begun.countDown();
                    await(mayGoOn);
                    return true;
                },
                settings);
        final CompletableFuture<Void> first = Background.run(removal::close);
        await(begun);
        final Thread second = closing(removal);

        mayGoOn.countDown();

        first.get();
        second.join();
        assertThat(directory).isEmptyDirectory();
    }

    /** A thread that closes it, and has come to where it waits for the other thread: not for the creation lock. */
    private static Thread closing(final RemovalAtEnd removal) {
        final Thread thread = new Thread(removal::close, "closing");
        thread.setDaemon(true);
        thread.start();
        Await.until("the second thread waits", () -> waitsFor(thread, removal) || !thread.isAlive());
        assertThat(thread.isAlive()).as("waits").isTrue();
        return thread;
    }

    private static boolean waitsFor(final Thread thread, final Object monitor) {
        final ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
        return info != null
                && info.getLockInfo() != null
                && info.getLockInfo().getIdentityHashCode() == System.identityHashCode(monitor);
    }

    private static void await(final CountDownLatch latch) {
        Await.until("latch", () -> latch.getCount() == 0);
    }

    @Test
    @SuppressWarnings("try") // the lock is only held
    void shouldLeaveACreationLockThatIsHeld() {
        try (CreationLock lock =
                CreationLock.acquire(Doors.ROOT.of(settings), "w", WaitLimit.NONE, SystemNanoClock.INSTANCE)) {
            RemovalAtEnd.ofWorkers("w", uid -> true, settings).close();

            assertThat(CreationLock.hasFile(Doors.ROOT.of(settings), "w")).isTrue();
        }
    }
}
