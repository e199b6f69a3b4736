package org.shmarrays.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Signals by kill(1), because Java can send two of them only. */
public final class Signals {
    private Signals() {}

    /** Stops a process, and waits until all its threads have stopped. */
    public static void stop(final long pid) {
        send(pid, "STOP");
        Await.until("all threads of process " + pid + " stopped", () -> isStopped(pid));
    }

    /** Whether all threads of a process have stopped; false if there is no such process. */
    public static boolean isStopped(final long pid) {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (final Path thread : threads) {
                if (ProcessStat.read(thread).state() != 'T') {
                    return false;
                }
            }
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    public static void send(final long pid, final String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (final IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
