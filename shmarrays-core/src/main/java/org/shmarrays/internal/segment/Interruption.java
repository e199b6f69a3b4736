package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;

/**
 * An interrupt closes a file channel that a thread reads, writes or maps. It must not keep a segment from being made,
 * found or removed: what it cut off is done again, and the thread is interrupted as before. For any thread.
 */
public final class Interruption {
    private Interruption() {}

    /** Work on files that may be done again from its beginning. */
    @FunctionalInterface
    public interface FileWork<T> {
        T run() throws IOException;
    }

    /**
     * Does the work, again after each interrupt that closed a channel of it; an interrupt status stays, or is set, when
     * it ends.
     */
    public static <T> T defer(final FileWork<T> work) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return work.run();
                } catch (final ClosedChannelException e) {
                    // In Java 25, interrupt() sets the status first and closes the channel later. In between, an
                    // earlier round may have cleared the status, and begun the work again with a new channel.
                    if (!Thread.interrupted() && !(e instanceof ClosedByInterruptException)) {
                        throw e;
                    }
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Does work that can't be done again: an interrupt before it does not keep it from being done, one meanwhile may.
     */
    public static <T> T suspend(final FileWork<T> work) throws IOException {
        final boolean interrupted = Thread.interrupted();
        try {
            return work.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
