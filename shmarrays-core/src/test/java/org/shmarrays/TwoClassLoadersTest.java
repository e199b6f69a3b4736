package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.worker.DeadSegments;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Background;
import org.shmarrays.testing.SlotLocks;

/** Two copies of the library in one JVM, each of a class loader of its own, are two workers like any others. */
@Timeout(120)
class TwoClassLoadersTest {
    private static final int ROUNDS = 300;

    @TempDir
    private Path directory;

    private URLClassLoader first;
    private URLClassLoader second;

    @BeforeEach
    void load() throws MalformedURLException {
        first = copy();
        second = copy();
    }

    @AfterEach
    void close() throws IOException {
        first.close();
        second.close();
    }

    private static URLClassLoader copy() throws MalformedURLException {
        final List<URL> urls = new ArrayList<>();
        for (final String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(new File(path).toURI().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    /** Runs a task in both copies at once, and returns what they found. */
    private List<Integer> run(final Class<?> task) {
        final CyclicBarrier start = new CyclicBarrier(2);
        final List<CompletableFuture<Integer>> ends = new ArrayList<>();
        for (final ClassLoader loader : List.of(first, second)) {
            ends.add(Background.supply(() -> call(loader, task, start)));
        }
        return ends.stream()
                .map(end -> {
                    assertThat(end).succeedsWithin(Await.DEADLINE);
                    return end.join();
                })
                .toList();
    }

    @SuppressWarnings("unchecked") // each copy of a task is a Callable<Integer>
    private Integer call(final ClassLoader loader, final Class<?> task, final CyclicBarrier start) {
        try {
            final Class<?> copied = loader.loadClass(task.getName());
            assertThat(copied).isNotSameAs(task);
            final Constructor<?> constructor = copied.getDeclaredConstructor(Path.class, CyclicBarrier.class);
            constructor.setAccessible(true);
            return ((Callable<Integer>) constructor.newInstance(directory, start)).call();
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Settings settings(final Path directory) {
        return Settings.fromProperties().withDirectory(directory).withSlots(4);
    }

    /** Creates or attaches; returns how often its initializer ran. */
    static final class Creation implements Callable<Integer> {
        private final Path directory;
        private final CyclicBarrier start;

        Creation(final Path directory, final CyclicBarrier start) {
            this.directory = directory;
            this.start = start;
        }

        @Override
        public Integer call() throws Exception {
            final int[] initialized = new int[1];
            start.await();
            try (ShmArrays arrays = ShmArrays.createOrAttach(
                    "s",
                    List.of(ArraySpec.of("w", FLOAT32, 100_000)),
                    fresh -> {
                        initialized[0]++;
                        fresh.add(Map.of("w", new float[100_000]));
                    },
                    settings(directory))) {
                arrays.add(Map.of("w", new float[100_000]));
                start.await(); // both are attached
                return initialized[0];
            }
        }
    }

    /** Attaches and closes again and again; returns how often its slot's file was not locked meanwhile. */
    static final class Attaching implements Callable<Integer> {
        private final Path directory;
        private final CyclicBarrier start;

        Attaching(final Path directory, final CyclicBarrier start) {
            this.directory = directory;
            this.start = start;
        }

        @Override
        public Integer call() throws Exception {
            int unlocked = 0;
            start.await();
            for (int round = 0; round < ROUNDS; round++) {
                try (ShmArrays arrays = ShmArrays.attach("s", settings(directory))) {
                    new DeadSegments(Doors.ROOT.of(settings(directory))).find();
                    unlocked += SlotLocks.isLocked(arrays) ? 0 : 1;
                }
            }
            return unlocked;
        }
    }

    @Test
    void shouldInitialiseOnce() {
        assertThat(run(Creation.class)).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void shouldKeepTheSlotsOfEachOtherLocked() {
        ShmArrays.create("s", List.of(ArraySpec.of("w", FLOAT32, 4)), settings(directory))
                .close();

        assertThat(run(Attaching.class)).containsExactly(0, 0);
    }
}
