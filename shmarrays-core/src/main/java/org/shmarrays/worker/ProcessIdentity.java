package org.shmarrays.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * What tells a process from every other one on this host, also from one that gets its id later.
 *
 * @param pid in the process's own namespace
 * @param start of the process: on Linux in clock ticks since boot, elsewhere in ms since 1970
 * @param bootId folded to 64 bits; 0 where unknown
 * @param pidNamespace inode of the namespace of process ids; 0 where unknown
 */
public record ProcessIdentity(long pid, long start, long bootId, long pidNamespace) {
    private static final ProcessIdentity CURRENT = readCurrent();
    private static final int FIELDS_BEFORE_FLAGS = 6;
    private static final int FIELDS_BEFORE_START = 19;

    /** In Linux's {@code include/linux/sched.h}: set before the process's files are closed. */
    private static final long PF_EXITING = 0x4;

    /** This process. */
    public static ProcessIdentity current() {
        return CURRENT;
    }

    private static ProcessIdentity readCurrent() {
        final long pid = ProcessHandle.current().pid();
        final Stat stat = Stat.read(pid);
        final long start = stat != null
                ? stat.start
                : ProcessHandle.current()
                        .info()
                        .startInstant()
                        .map(java.time.Instant::toEpochMilli)
                        .orElse(0L);
        return new ProcessIdentity(pid, start, readBootId(), readPidNamespace());
    }

    private static long readBootId() {
        try {
            final UUID id = UUID.fromString(
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
            return id.getMostSignificantBits() ^ id.getLeastSignificantBits();
        } catch (final IOException | IllegalArgumentException e) {
            return 0;
        }
    }

    private static long readPidNamespace() {
        try {
            final String link =
                    Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
            return Long.parseLong(link.replaceAll("\\D", ""));
        } catch (final IOException | NumberFormatException | UnsupportedOperationException e) {
            return 0;
        }
    }

    /** True if the ids of the two processes are of the same boot and the same namespace. */
    boolean isComparable(final ProcessIdentity other) {
        return bootId == other.bootId && pidNamespace == other.pidNamespace;
    }

    /**
     * True if the process is certainly gone, as far as its id tells: no process has it, or one that was started at
     * another time, or a zombie. Only for identities of this boot and this namespace.
     */
    boolean isGone() {
        final Stat stat = Stat.read(pid);
        if (stat != null) {
            return stat.zombie || start != stat.start;
        }
        return ProcessHandle.of(pid)
                .map(process -> process.info()
                        .startInstant()
                        .map(instant -> start != 0 && instant.toEpochMilli() != start && !isLinux())
                        .orElse(false))
                .orElse(true);
    }

    /**
     * True if the process is gone, or the kernel is about to end it: then its lock files are free before it is a zombie.
     * Only for identities of this boot and this namespace.
     */
    boolean isEnding() {
        final Stat stat = Stat.read(pid);
        return stat == null ? isGone() : stat.ending || start != stat.start;
    }

    /** How the process is, as far as its id tells: never {@link WorkerState#DEPARTED}. */
    WorkerState state() {
        if (!isComparable(CURRENT)) {
            return WorkerState.ELSEWHERE;
        }
        if (isGone()) {
            return WorkerState.GONE;
        }
        final Stat stat = Stat.read(pid);
        return stat != null && stat.stopped ? WorkerState.STOPPED : WorkerState.RUNNING;
    }

    /** What is odd about the process, in parentheses, or nothing where it seems to run. */
    String look() {
        return switch (state()) {
            case GONE -> " (gone)";
            case STOPPED -> " (stopped)";
            default -> "";
        };
    }

    private static boolean isLinux() {
        return Files.isDirectory(Path.of("/proc/self"));
    }

    /** The fields of {@code /proc/PID/stat} that matter: state, flags and start time (proc(5), fields 3, 9 and 22). */
    private record Stat(boolean zombie, boolean stopped, boolean ending, long start) {
        static Stat read(final long pid) {
            try {
                final String text = Files.readString(Path.of("/proc/" + pid + "/stat"));
                final String[] fields =
                        text.substring(text.lastIndexOf(')') + 2).split(" ");
                final boolean zombie = fields[0].equals("Z") || fields[0].equals("X");
                final boolean stopped = fields[0].equals("T") || fields[0].equals("t");
                final boolean ending = (Long.parseLong(fields[FIELDS_BEFORE_FLAGS]) & PF_EXITING) != 0;
                return new Stat(zombie, stopped, ending, Long.parseLong(fields[FIELDS_BEFORE_START]));
            } catch (final IOException | RuntimeException e) {
                return null;
            }
        }
    }
}
