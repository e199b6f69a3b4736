package org.shmarrays.launch;

import java.util.Map;
import java.util.Optional;

/** What the exit code of a process says about its end. */
final class ExitCode {
    private static final int SIGNAL_BASE = 128;
    private static final Map<Integer, String> SIGNALS = Map.of(
            1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL",
            11, "SIGSEGV", 15, "SIGTERM");

    private ExitCode() {}

    /** The signal that ended the process; empty where none did. */
    static Optional<String> signal(final int exitCode) {
        return Optional.ofNullable(SIGNALS.get(exitCode - SIGNAL_BASE));
    }

    /** What became of the process: {@code failed with exit code 7}. */
    static String cause(final int exitCode) {
        return signal(exitCode)
                .map(signal -> "was ended by " + signal + " (exit code " + exitCode + ")")
                .orElse("failed with exit code " + exitCode);
    }
}
