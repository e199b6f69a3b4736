package org.shmarrays.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jline.utils.Signals;

/** Stops this process as the job control of a shell does it for Ctrl-Z. */
final class JobControl {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int SIGTSTP = 20;
    private static final long DELIVERY_NS = TimeUnit.SECONDS.toNanos(5);

    private JobControl() {
        // static methods only
    }

    /**
     * Takes the default action of SIGTSTP, and returns when the process is continued. The kernel ignores the signal if
     * no shell could continue the process; then this returns at once.
     */
    static void stopThisProcess() {
        final Object handler = Signals.registerDefault("TSTP");
        try {
            new ProcessBuilder("sh", "-c", "kill -TSTP $PPID").start().waitFor();
            awaitDelivery();
        } catch (final IOException e) {
            throw new UncheckedIOException("top can't be paused", e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Signals.unregister("TSTP", handler);
        }
    }

    /** A signal that is still pending would be taken by the handler that is registered next. */
    private static void awaitDelivery() throws IOException {
        final long began = System.nanoTime();
        while (isPending() && System.nanoTime() - began < DELIVERY_NS) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
        }
    }

    private static boolean isPending() throws IOException {
        if (!Files.isReadable(STATUS)) {
            return false; // not Linux
        }
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("ShdPnd:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("ShdPnd:".length()).strip(), 16))
                .anyMatch(signals -> (signals >>> (SIGTSTP - 1) & 1) != 0);
    }
}
