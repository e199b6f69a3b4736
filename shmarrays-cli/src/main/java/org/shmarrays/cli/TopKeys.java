package org.shmarrays.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.utils.NonBlockingReader;

/** The keys that are pressed while {@code top} shows a segment. */
@FunctionalInterface
interface TopKeys {
    /**
     * Waits for a key.
     *
     * @param timeoutMs milliseconds to wait; a read that has begun may take 100 ms more
     * @return its character, {@link NonBlockingReader#READ_EXPIRED} if none comes in time, or {@link
     *     NonBlockingReader#EOF} if none can come any more
     */
    int read(long timeoutMs) throws IOException;

    /**
     * Has a terminal in raw mode make signals of Ctrl-C and Ctrl-Z, and end a read after 100 ms.
     *
     * @param attributes of the raw mode, which are changed
     */
    static Attributes withSignalsAndTimeouts(final Attributes attributes) {
        attributes.setLocalFlag(LocalFlag.ISIG, true);
        attributes.setControlChar(ControlChar.VMIN, 0);
        attributes.setControlChar(ControlChar.VTIME, 1);
        return attributes;
    }

    /**
     * Of the terminal of this process. JLine's own reader reads ahead in a thread of its own, and sets the terminal's
     * attributes when it does, even while the process is about to be paused.
     */
    static TopKeys ofProcess() {
        final InputStream in = new FileInputStream(FileDescriptor.in);
        // A read of a terminal that is gone does not wait. One short read may also be a terminal that was just set.
        final long shortNs = Duration.ofMillis(10).toNanos();
        final int mostShortReads = 3;
        return timeoutMs -> {
            final long timeoutNs = Duration.ofMillis(timeoutMs).toNanos();
            final long began = System.nanoTime();
            long now = began;
            int shortReads = 0;
            while (now - began < timeoutNs) {
                final int key = in.read();
                if (key >= 0) {
                    return key;
                }
                final long later = System.nanoTime();
                shortReads += later - now < shortNs ? 1 : 0;
                if (shortReads == mostShortReads) {
                    return NonBlockingReader.EOF;
                }
                now = later;
            }
            return NonBlockingReader.READ_EXPIRED;
        };
    }
}
