package org.shmarrays.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.layout.EventDescriptor;
import org.shmarrays.internal.layout.EventKind;

/** Tells the events of a segment about a file that was written from it or read into it. */
final class FileEvent {
    private FileEvent() {}

    /**
     * Records what was done with a file, and how many ms it took.
     *
     * @param count of steps, or of arrays that were imported
     */
    static void tell(
            final ShmArrays arrays, final EventKind kind, final Path file, final long count, final long startNs) {
        Doors.EVENT_SOURCE
                .of(arrays.runControl())
                .tell(kind, count, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs), text(file));
    }

    /** The path, or its end where an event has no room for all of it. */
    private static String text(final Path file) {
        final String path = file.toString();
        return path.getBytes(UTF_8).length <= EventDescriptor.TEXT_CAPACITY ? path : "…/" + file.getFileName();
    }
}
