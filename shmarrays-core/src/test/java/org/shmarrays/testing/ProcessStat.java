package org.shmarrays.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The contents of {@code /proc/PID/stat} about a process, or that of one of its threads (proc(5), fields 3 and 22).
 *
 * @param state a letter, such as R where it runs, T where it is stopped and Z where it is a zombie; {@link #GONE}
 * @param startTicks when it was started, in clock ticks since boot
 */
public record ProcessStat(char state, long startTicks) {
    /** The state of a process that there is no more. */
    public static final char GONE = '-';

    private static final int FIELDS_BEFORE_START = 19;

    public static ProcessStat of(final long pid) {
        return read(Path.of("/proc", Long.toString(pid)));
    }

    /** That of a process or thread, by its directory. */
    static ProcessStat read(final Path process) {
        try {
            final String text = Files.readString(process.resolve("stat"));
            final String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
            return new ProcessStat(fields[0].charAt(0), Long.parseLong(fields[FIELDS_BEFORE_START]));
        } catch (final IOException e) {
            return new ProcessStat(GONE, 0);
        }
    }
}
