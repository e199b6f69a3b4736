package org.shmarrays.testing;

import java.io.IOException;

/** Signals by kill(1), because Java can send two of them only. */
public final class Signals {
    private Signals() {}

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
