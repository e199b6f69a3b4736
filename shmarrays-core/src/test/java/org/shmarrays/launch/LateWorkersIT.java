package org.shmarrays.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.ClassArchive;
import org.shmarrays.testing.Signals;
import org.shmarrays.worker.Worker;

/** A launched training outlives a worker that is late: whoever waits for it says so, and waits on. */
@Tag("shared")
class LateWorkersIT {
    private static final ArraySpec SPEC = ArraySpec.of("w", FLOAT32, 4);

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private Launcher launcher() {
        final PrintStream stream = new PrintStream(output, true, UTF_8);
        return ClassArchive.startingFast(Launcher.ofMainClass(SlowRun.class.getName(), directory.toString()))
                .workers(2)
                .segmentName("late")
                .heap("64m")
                .jvmArgument("-Dshmarrays.directory=" + directory)
                .jvmArgument("-Dshmarrays.lock.timeout=300ms")
                .output(stream, stream);
    }

    private String output() {
        return output.toString(UTF_8);
    }

    private void letGo() throws Exception {
        Files.createFile(directory.resolve("go"));
    }

    /** Rank 0 holds the lock until it is let go, rank 1 waits for it, and both meet. */
    static final class SlowRun {
        public static void main(final String... arguments) {
            final Path directory = Path.of(arguments[0]);
            final Worker worker = Worker.join();
            try (ShmArrays arrays = ShmArrays.createOrAttach(worker, List.of(SPEC), fresh -> {})) {
                if (worker.rank() == 0) {
                    arrays.update(Map.of("w", new float[4]), (final float[] gradient, final float[] old) -> {
                        System.out.println("holding");
                        Await.until("go", () -> Files.exists(directory.resolve("go")));
                        old[0] += 1;
                        return old;
                    });
                } else {
                    Await.until("the holder", () -> arrays.read().get("w") != null && isHeld(arrays));
                    arrays.add(Map.of("w", new float[] {1, 1, 1, 1}));
                }
                worker.barrier();
                System.out.println("met with " + arrays.read().get("w")[0]);
            }
        }

        private static boolean isHeld(final ShmArrays arrays) {
            return Doors.SEGMENT.of(arrays).partitions().lockAcquire(0) != 0;
        }
    }

    private void awaitOutput(final String text) {
        Await.until(text, () -> output().contains(text));
    }

    @Test
    void shouldWarnAndWaitForAWorkerThatIsLate() throws Exception {
        try (WorkerGroup group = launcher().launch()) {
            awaitOutput("; still waiting");
            assertThat(output())
                    .contains("not free in time", "(pid " + group.pids().get(0) + ")");
            letGo();

            assertThat(group.await(Await.DEADLINE).orElseThrow().exitCode()).isZero();
            assertThat(output()).contains("[0] met with 2.0", "[1] met with 2.0");
        } finally {
            ShmArrays.remove("late", Settings.fromProperties().withDirectory(directory));
        }
    }

    @Test
    void shouldWarnAndWaitForAWorkerThatIsStopped() throws Exception {
        final Launcher launcher =
                launcher().jvmArgument("-Dshmarrays.lock.timeout=2s").onTimeout(Settings.OnTimeout.FAIL);
        try (WorkerGroup group = launcher.launch()) {
            awaitOutput("[0] holding");
            final long holder = group.pids().get(0);
            Signals.stop(holder);
            awaitOutput("worker 0 is stopped, and others wait for it: segment=");
            awaitOutput("; continue it with `kill -CONT " + holder);
            final long said = System.nanoTime();
            Await.until("more than the timeout", () -> System.nanoTime() - said > 2_500_000_000L);
            letGo();
            Signals.send(holder, "CONT");

            assertThat(group.await(Await.DEADLINE).orElseThrow().exitCode()).isZero();
            assertThat(output()).contains("worker 0 goes on", "[0] met with 2.0", "[1] met with 2.0");
        } finally {
            ShmArrays.remove("late", Settings.fromProperties().withDirectory(directory));
        }
    }

    @Test
    void shouldEndWithOneSentenceWhereThatIsChosen() {
        try (WorkerGroup group = launcher().onTimeout(Settings.OnTimeout.FAIL).launch()) {
            final GroupResult result = group.await(Await.DEADLINE).orElseThrow();

            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.firstFailedRank()).hasValue(1);
            assertThat(output().lines().filter(line -> line.startsWith("[1] ")))
                    .singleElement()
                    .asString()
                    .startsWith("[1] shmarrays: worker 1 of 2 failed: ")
                    .contains("not free in time", "SlowRun.main(LateWorkersIT.java:");
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            ShmArrays.remove("late", Settings.fromProperties().withDirectory(directory));
        }
    }
}
