package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.SegmentExistsException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.WaitLimit;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;

/** Creation, attachment, and segments that were left behind. */
class CreationTest {
    private static final List<ArraySpec> SPECS = List.of(ArraySpec.of("w", FLOAT32, 3));

    @TempDir
    private Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory.resolve("segments"))
                .withSlots(3);
    }

    private String[] listing() {
        return directory.resolve("segments").toFile().list();
    }

    private static void fill(final ShmArrays arrays, final float value) {
        arrays.write(Map.of("w", new float[] {value, value, value}));
    }

    @Test
    void shouldRefuseToCreateWhatIsThere() {
        try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings())) {
            assertThatThrownBy(() -> ShmArrays.create("s", SPECS, settings()))
                    .isInstanceOf(SegmentExistsException.class)
                    .hasMessageContainingAll("name=s", "attach to it", "rm s");
            fill(arrays, 1);
            assertThat(arrays.read().get("w")).containsOnly(1);
        }
        assertThatThrownBy(() -> ShmArrays.create("s", SPECS, settings())).isInstanceOf(SegmentExistsException.class);
        assertThat(listing()).containsExactly("s");
    }

    @Test
    void shouldLeaveNothingWhenTheInitializerThrows() {
        final ArithmeticException exception = new ArithmeticException("no");
        assertThatThrownBy(() -> ShmArrays.create(
                        "s",
                        SPECS,
                        arrays -> {
                            throw exception;
                        },
                        settings()))
                .isSameAs(exception);
        final AssertionError error = new AssertionError("no");
        assertThatThrownBy(() -> ShmArrays.createOrAttach(
                        "s",
                        SPECS,
                        arrays -> {
                            throw error;
                        },
                        settings()))
                .isSameAs(error);

        assertThat(listing()).isEmpty();
        ShmArrays.create("s", SPECS, settings()).close();
    }

    @Test
    void shouldSayThatTheNameWasTakenWhileTheInitializerRan() {
        final Path other = directory.resolve("segments").resolve("s");
        assertThatThrownBy(() -> ShmArrays.create(
                        "s",
                        SPECS,
                        arrays -> {
                            fill(arrays, 1);
                            makeDirectory(other.resolve("content"));
                        },
                        settings()))
                .isInstanceOf(SegmentExistsException.class)
                .hasMessageContainingAll("name=s", "choose another name");

        assertThat(listing()).containsExactly("s");
        assertThat(other.resolve("content")).isDirectory();
    }

    @Test
    void shouldPassOnWhatTheInitializerThrowsAlsoWhenTheFilesHaveVanished() {
        final ArithmeticException exception = new ArithmeticException("no");
        assertThatThrownBy(() -> ShmArrays.create(
                        "s",
                        SPECS,
                        arrays -> {
                            moveAway(arrays);
                            throw exception;
                        },
                        settings()))
                .isSameAs(exception);
        assertThat(exception.getSuppressed())
                .hasOnlyElementsOfType(SegmentVanishedException.class)
                .hasSize(1);
    }

    @Test
    void shouldSayThatTheFilesHaveVanishedWhileTheInitializerRan() {
        assertThatThrownBy(() -> ShmArrays.create("s", SPECS, this::moveAway, settings()))
                .isInstanceOf(SegmentVanishedException.class);
    }

    private void moveAway(final ShmArrays arrays) {
        try {
            Files.move(arrays.segment().files().directory(), directory.resolve("elsewhere"));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void makeDirectory(final Path path) {
        try {
            Files.createDirectories(path);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldTreatLeftoversAsAsked() {
        ShmArrays.create("s", SPECS, arrays -> fill(arrays, 1), settings()).close();

        assertThatThrownBy(() -> ShmArrays.createOrAttach("s", SPECS, arrays -> fill(arrays, 2), settings()))
                .isInstanceOf(SegmentExistsException.class)
                .hasMessageContainingAll(
                        "left behind",
                        "created by pid " + ProcessHandle.current().pid(),
                        "shmarrays.leftovers");
        final Settings attach = settings().withLeftovers(Settings.Leftovers.ATTACH);
        try (ShmArrays arrays = ShmArrays.createOrAttach("s", SPECS, created -> fill(created, 2), attach)) {
            assertThat(arrays.read().get("w")).containsOnly(1);
        }
        final Settings replace = settings().withLeftovers(Settings.Leftovers.REPLACE);
        try (ShmArrays arrays = ShmArrays.createOrAttach("s", SPECS, created -> fill(created, 3), replace)) {
            assertThat(arrays.read().get("w")).containsOnly(3);
            // It is in use now, so it is not replaced.
            try (ShmArrays second = ShmArrays.createOrAttach("s", SPECS, created -> fill(created, 4), replace)) {
                assertThat(second.read().get("w")).containsOnly(3);
            }
        }
        assertThat(listing()).containsExactly("s");
    }

    private ShmArrays createOrAttach(final float wanted, final AtomicInteger created) {
        return ShmArrays.createOrAttach(
                "s",
                found -> found.read().get("w")[0] == wanted,
                () -> {
                    created.incrementAndGet();
                    return SPECS;
                },
                arrays -> fill(arrays, wanted),
                settings());
    }

    @Test
    void shouldReplaceWhatIsNotWantedUnlessItIsInUse() {
        final AtomicInteger created = new AtomicInteger();
        createOrAttach(1, created).close();
        try (ShmArrays arrays = createOrAttach(1, created);
                ShmArrays second = createOrAttach(1, created)) {
            assertThat(created).hasValue(1);
            assertThat(second.read().get("w")).containsOnly(1);
            assertThatThrownBy(() -> createOrAttach(2, created))
                    .isInstanceOf(SegmentExistsException.class)
                    .hasMessageContainingAll("living processes", "name=s");
            assertThat(arrays.read().get("w")).containsOnly(1);
        }
        try (ShmArrays arrays = createOrAttach(2, created)) {
            assertThat(arrays.read().get("w")).containsOnly(2);
        }
        assertThat(created).hasValue(2);
    }

    @Test
    void shouldLeaveTheSegmentWhereItCanNotBeToldWhetherItIsWanted() {
        ShmArrays.create("s", SPECS, settings()).close();
        final ArithmeticException exception = new ArithmeticException("no");

        assertThatThrownBy(() -> ShmArrays.createOrAttach(
                        "s",
                        found -> {
                            throw exception;
                        },
                        () -> SPECS,
                        arrays -> {},
                        settings()))
                .isSameAs(exception);
        assertThat(listing()).containsExactly("s");
    }

    @Test
    void shouldRefuseToAttachToOtherArrays() {
        try (ShmArrays arrays = ShmArrays.create("s", SPECS, settings())) {
            assertThatThrownBy(() -> ShmArrays.createOrAttach(
                            "s", List.of(ArraySpec.of("w", FLOAT32, 4)), created -> {}, settings()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("differs from the expected one", "[4]", "[3]");
            // The slots of refused ones are free again.
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> ShmArrays.createOrAttach(
                                "s", List.of(ArraySpec.of("v", FLOAT32, 4)), created -> {}, settings()))
                        .hasMessageContaining("array not in segment");
            }
            arrays.newHandle().close();
        }
    }

    @Test
    void shouldWaitForASegmentUntilTheDeadline() {
        final Settings impatient = settings().withAttachTimeout(Duration.ofMillis(50));
        assertThatThrownBy(() -> ShmArrays.attach("s", impatient))
                .isInstanceOf(SegmentNotFoundException.class)
                .hasMessageContainingAll("name=s", "segments=[]", "waited=50 ms");
        ShmArrays.create("other", SPECS, settings()).close();
        assertThatThrownBy(() -> ShmArrays.attachReadOnly("s", impatient))
                .isInstanceOf(SegmentNotFoundException.class)
                .hasMessageContainingAll("segments=[other]", "waited=50 ms");
    }

    @Test
    void shouldWaitForACreatorThatComesLater() throws Exception {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch proceed = new CountDownLatch(1);
        final Future<float[]> attached = executor.submit(() -> {
            begun.countDown();
            try (ShmArrays arrays = ShmArrays.attach("s", settings().withAttachTimeout(Await.DEADLINE))) {
                return arrays.read().get("w");
            }
        });
        final Future<ShmArrays> created = executor.submit(() -> ShmArrays.create(
                "s",
                SPECS,
                arrays -> {
                    await(begun);
                    await(proceed);
                    fill(arrays, 5);
                },
                settings()));
        assertThat(attached.isDone()).isFalse();
        proceed.countDown();

        assertThat(attached.get(60, TimeUnit.SECONDS)).containsOnly(5);
        created.get(60, TimeUnit.SECONDS).close();
    }

    private static void await(final CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldSayThatAnotherCreatorDoesNotFinish() throws Exception {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch proceed = new CountDownLatch(1);
        final Future<ShmArrays> created = executor.submit(() -> ShmArrays.create(
                "s",
                SPECS,
                arrays -> {
                    begun.countDown();
                    await(proceed);
                },
                settings()));
        await(begun);
        try {
            assertThatThrownBy(() -> ShmArrays.createOrAttach(
                            "s", SPECS, arrays -> {}, settings().withWorkerTimeout(Duration.ofMillis(30))))
                    .isInstanceOf(LockTimeoutException.class)
                    .hasMessageContainingAll("another process is creating", "name=s", "waited=");
        } finally {
            proceed.countDown();
            created.get(60, TimeUnit.SECONDS).close();
        }
    }

    @Test
    void shouldCreateOnceInSeveralThreads() throws Exception {
        for (int round = 0; round < 20; round++) {
            final String name = "s" + round;
            final java.util.concurrent.atomic.AtomicInteger initialised =
                    new java.util.concurrent.atomic.AtomicInteger();
            final List<java.util.concurrent.Callable<ShmArrays>> calls = new java.util.ArrayList<>();
            for (int i = 0; i < 3; i++) {
                calls.add(() -> ShmArrays.createOrAttach(
                        name, SPECS, arrays -> fill(arrays, initialised.incrementAndGet()), settings()));
            }
            for (final Future<ShmArrays> handle : executor.invokeAll(calls)) {
                try (ShmArrays arrays = handle.get(60, TimeUnit.SECONDS)) {
                    assertThat(arrays.read().get("w")).containsOnly(1);
                }
            }
            ShmArrays.remove(name, settings());
        }
        assertThat(listing()).isEmpty();
    }

    @Test
    void shouldTellOneLockFileByAllItsPaths() {
        final var root = settings().root();
        final var detour = settings()
                .withDirectory(directory.resolve("segments/../segments"))
                .root();
        final CreationLock lock = CreationLock.acquire(root, "s", WaitLimit.NONE, SystemNanoClock.INSTANCE);
        try (lock) {
            assertThatThrownBy(() -> CreationLock.acquire(detour, "s", WaitLimit.NONE, SystemNanoClock.INSTANCE))
                    .isInstanceOf(LockTimeoutException.class);
        }
        CreationLock.acquire(detour, "s", WaitLimit.NONE, SystemNanoClock.INSTANCE)
                .close();
        assertThat(listing()).isEmpty();
    }

    @Test
    void shouldRemoveWhatADeadCreatorLeft() throws IOException {
        final Path creating = Files.createDirectories(directory.resolve("segments/.creating-x-123"));
        final Path other = Files.createDirectories(directory.resolve("segments/.creating-x-y-123"));
        Files.write(creating.resolve("control.dat"), new byte[100]);

        ShmArrays.remove("x", settings());

        assertThat(creating).doesNotExist();
        assertThat(other).exists();
        assertThatThrownBy(() -> ShmArrays.remove("x", settings())).isInstanceOf(SegmentNotFoundException.class);
    }

    @Test
    void shouldNotRemoveWhatACreatorIsAtWorkOn() {
        ShmArrays.create(
                        "x",
                        List.of(ArraySpec.of("w", FLOAT32, 4)),
                        arrays -> assertThatThrownBy(() -> ShmArrays.remove("x", settings()))
                                .isInstanceOf(SegmentNotFoundException.class),
                        settings())
                .close();

        ShmArrays.attach("x", settings()).close();
    }

    @Test
    void shouldCreateFromValues() {
        final Map<String, Object> values = new java.util.LinkedHashMap<>();
        values.put("f", new float[] {1, 2});
        values.put("d", new double[] {3});
        values.put("i", new int[] {4, 5});
        values.put("l", new long[] {6});
        try (ShmArrays arrays = ShmArrays.create("s", values, settings())) {
            assertThat(arrays.read(Object.class)).containsExactlyEntriesOf(values);
        }
        assertThatThrownBy(() -> ShmArrays.create("t", Map.of("w", "words"), settings()))
                .hasMessageContaining("given=String");
        assertThatThrownBy(() -> ShmArrays.create("t", Map.of("w", new float[0]), settings()))
                .hasMessageContaining("less than 1");
    }
}
