package org.shmarrays.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.shmarrays.internal.launch.JvmFlags;

/** A run that is ended by a signal leaves neither files nor processes behind. */
@EnabledOnOs(OS.LINUX)
final class BenchSignalIT {
    private static final Path SHM = Path.of("/dev/shm");
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int WORKERS = 2;

    @Test
    void shouldLeaveNothingWhenItIsTerminated() throws Exception {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Bench.class.getName()));
        command.addAll(List.of("locks", "--workers=" + WORKERS));
        final Process run = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            await(() -> run.children().count() >= 1 && directories(run.pid()).size() == 1);
            final List<ProcessHandle> workers = run.children().toList();

            run.destroy();

            assertThat(run.waitFor(DEADLINE_NS, TimeUnit.NANOSECONDS)).isTrue();
            assertThat(directories(run.pid())).isEmpty();
            await(() -> workers.stream().noneMatch(ProcessHandle::isAlive));
        } finally {
            run.destroyForcibly();
        }
    }

    private static List<Path> directories(final long pid) {
        try (Stream<Path> entries = Files.list(SHM)) {
            return entries.filter(entry -> entry.getFileName()
                            .toString()
                            .startsWith("shmarrays-bench-" + System.getProperty("user.name") + "-" + pid + "-"))
                    .toList();
        } catch (final java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void await(final BooleanSupplier condition) {
        final long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - began).as("waited, ns").isLessThan(DEADLINE_NS);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
