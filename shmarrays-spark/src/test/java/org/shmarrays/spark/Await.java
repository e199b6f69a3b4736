package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition, with a deadline that is far longer than the condition ever needs. */
final class Await {
    static final Duration DEADLINE = Duration.ofMinutes(2);

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Path PROCESSES = Path.of("/proc");

    private Await() {}

    /**
     * Waits until a condition holds.
     *
     * @param details what the failure says besides, when the deadline has passed
     */
    static void until(final String description, final BooleanSupplier condition, final Supplier<String> details) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > DEADLINE.toNanos()) {
                throw new AssertionError(
                        "still not after " + DEADLINE.toSeconds() + " s: " + description + "\n" + details.get());
            }
            if (Thread.interrupted()) {
                throw new AssertionError("interrupted while waiting: " + description + "\n" + details.get());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Whether a process runs. A zombie does not: in a container nothing may reap an orphan. */
    static boolean isRunning(final ProcessHandle process) {
        return process.isAlive() && !isZombie(process.pid());
    }

    /** By the state in {@code /proc/PID/stat}, the field after the name in parentheses (proc(5)). */
    private static boolean isZombie(final long pid) {
        try {
            final String text =
                    Files.readString(PROCESSES.resolve(Long.toString(pid)).resolve("stat"), US_ASCII);
            return text.charAt(text.lastIndexOf(')') + 2) == 'Z';
        } catch (final IOException e) {
            return Files.isDirectory(PROCESSES.resolve("self"));
        }
    }
}
