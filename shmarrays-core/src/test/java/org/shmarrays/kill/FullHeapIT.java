package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.HeldFiles;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.SharedMemory;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/**
 * The heap of a process becomes full at each step of making a handle, and before a handle is closed, so that real
 * OutOfMemoryErrors come there and on the way back. With its memory again the process holds no file more than before;
 * it and another process can claim all slots and lock all partitions.
 */
@Timeout(600)
@Tag("shared")
class FullHeapIT {
    @TempDir(factory = SharedMemory.class)
    private Path directory;

    @Test
    void shouldHoldNothingAfterOutOfMemoryErrors() throws IOException {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.removeIf(flag -> flag.contains("vector")); // one compiler is faster without kernels
        flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + FullHeap.class.getName());
        // Without thread-local buffers the heap is used to the last byte.
        flags.addAll(List.of("-Xmx10m", "-Xms10m", "-XX:-UseTLAB", "-XX:TieredStopAtLevel=1"));
        try (Jvm jvm = Jvm.start(flags, 0, 1, Program.class, directory, directory.toString())) {
            jvm.awaitLine("errors=");
            lockAll();
            Files.createFile(directory.resolve(Program.OVER));
            final int errors = Integer.parseInt(jvm.awaitSuccess().replaceAll("(?s).*errors=(\\d+).*", "$1"));
            Figures.of(FullHeapIT.class).put("outOfMemoryErrors", errors);
            assertThat(errors).isGreaterThan(60);
        }
    }

    /** All slots and all partitions are free for this process. */
    private void lockAll() {
        final Scene scene = new Scene(directory);
        final List<ShmArrays> handles = new ArrayList<>();
        for (int i = 0; i < Scene.SLOTS; i++) {
            handles.add(scene.attach());
            handles.get(i).update(Map.of("w", new float[Scene.ELEMENTS]), Updates.add());
        }
        handles.forEach(ShmArrays::close);
    }

    /** What a process does. */
    private enum Deed {
        HANDLE(Step.A9, EnumSet.range(Step.S1, Step.S8)),
        WORKER(Step.S2, EnumSet.of(Step.J1, Step.J2, Step.J5)),
        ATTACH(Step.A1, EnumSet.range(Step.A2, Step.A8)),
        CREATE(Step.U12, EnumSet.range(Step.K3, Step.C13));

        private final EnumSet<Step> steps;

        Deed(final Step first, final EnumSet<Step> others) {
            steps = EnumSet.copyOf(others);
            steps.add(first);
        }
    }

    /** Blocks of memory that are free when the heap is full. */
    private static final int[] FREE = {0, 24};

    /** Fills its heap. */
    static final class Program {
        static final String OVER = "over";

        private final Scene scene;
        private final Scene another;
        private int errors;

        private Program(final Path directory) {
            scene = new Scene(directory);
            another = new Scene(directory.resolve("another"));
        }

        public static void main(final String... arguments) {
            final Path directory = Path.of(arguments[0]);
            new Program(directory).run();
            Await.until("the end", () -> Files.exists(directory.resolve(OVER)));
            System.exit(0);
        }

        private void run() {
            try (ShmArrays arrays = Scene.create(scene.settings())) {
                final int held = HeldFiles.in(scene.directory()).size();
                for (final Deed deed : Deed.values()) {
                    for (final Step step : deed.steps) {
                        FullHeap.rehearse(step);
                        tryAt(deed, arrays);
                        for (final int free : FREE) {
                            FullHeap.arm(step, free);
                            tryAt(deed, arrays);
                            awaitHeld(scene, held, deed + " at " + step + ", free=" + free);
                        }
                    }
                }
                for (final int free : FREE) {
                    final ShmArrays handle = arrays.newHandle();
                    FullHeap.fill(free);
                    close(handle);
                    FullHeap.empty();
                    awaitHeld(scene, held, "closed, free=" + free);
                }
            }
            scene.checkOthersGoOn();
            assertThat(HeldFiles.in(scene.directory())).isEmpty();
            assertThat(HeldFiles.registered()).isEmpty();
            System.out.println("errors=" + errors);
        }

        private void tryAt(final Deed deed, final ShmArrays arrays) {
            try {
                close(act(deed, arrays));
            } catch (final Throwable e) {
                FullHeap.empty();
                // The JDK wraps it at times, and try can't add it to itself where the same one is thrown twice.
                if (!comesOfFullHeap(e)) {
                    throw e;
                }
                errors++;
            } finally {
                FullHeap.empty();
            }
            if (deed == Deed.CREATE) {
                removeAnother();
            }
        }

        /** The collector's own thread closes files. */
        private static void awaitHeld(final Scene place, final int files, final String what) {
            Await.until(
                    what + ": files held are " + files,
                    () -> HeldFiles.in(place.directory()).size() == files);
        }

        private static boolean comesOfFullHeap(final Throwable e) {
            Throwable cause = e;
            while (cause != null && !(cause instanceof OutOfMemoryError)) {
                cause = cause.getCause();
            }
            return cause != null;
        }

        private ShmArrays act(final Deed deed, final ShmArrays arrays) {
            return switch (deed) {
                case HANDLE -> arrays.newHandle();
                case WORKER -> arrays.newHandle(Worker.of(0, 2, 7));
                case ATTACH -> scene.attach();
                case CREATE -> Scene.create(another.settings());
            };
        }

        /** Once more, if there was no memory to begin with it. */
        private void close(final ShmArrays handle) {
            try {
                handle.close();
            } catch (final OutOfMemoryError e) {
                FullHeap.empty();
                errors++;
                handle.close();
            }
        }

        private void removeAnother() {
            try {
                ShmArrays.remove(Scene.NAME, another.settings());
            } catch (final SegmentNotFoundException e) {
                // It was not made.
            }
            awaitHeld(another, 0, "created");
        }
    }
}
