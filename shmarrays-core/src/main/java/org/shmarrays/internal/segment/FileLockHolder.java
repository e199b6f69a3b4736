package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the process that has locked a file while others wait for it, as {@code /proc/locks} names it
 * (proc_locks(5)): whether it is stopped, which is said once in half a minute, and when it goes on. For one wait.
 */
public final class FileLockHolder {
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(30);
    private static final System.Logger LOGGER = System.getLogger(FileLockHolder.class.getName());
    private static final int PID_FIELD = 4;
    private static final int FILE_FIELD = 5;

    private final Path file;
    private final SystemFiles files;
    private final ProcessTable processes;
    private long lookedNs;
    private boolean hasLooked;
    private boolean isStopped;
    private long saidNs;
    private long saidPid;

    /** Of a file that this process finds locked. */
    public FileLockHolder(final Path file) {
        this(file, SystemFiles.HERE, ProcessTable.HERE);
    }

    FileLockHolder(final Path file, final SystemFiles files, final ProcessTable processes) {
        this.file = file;
        this.files = files;
        this.processes = processes;
    }

    /** True if the process was stopped when it was last looked at, which is twice a second. */
    public boolean isStopped(final long nowNs) {
        if (!hasLooked || nowNs - lookedNs > LOOK_NS) {
            hasLooked = true;
            lookedNs = nowNs;
            look(nowNs);
        }
        return isStopped;
    }

    private void look(final long nowNs) {
        final OptionalLong pid = pid();
        isStopped = pid.isPresent() && processes.isStopped(pid.getAsLong());
        if (!isStopped) {
            ended();
        } else if (saidPid == 0 || nowNs - saidNs > INTERVAL_NS) {
            saidPid = pid.getAsLong();
            saidNs = nowNs;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "a process is stopped, and others wait for it: pid=" + saidPid + ", lock file=" + file
                            + "; continue it with `kill -CONT " + saidPid + "`, or end it with `kill -KILL " + saidPid
                            + "`");
        }
    }

    /** The wait has ended, or the process goes on. */
    public void ended() {
        if (saidPid != 0) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "the stopped process has continued or ended: pid=" + saidPid + ", lock file=" + file);
            saidPid = 0;
        }
    }

    /** The process as a message names it, if it can be told. */
    String describe() {
        final OptionalLong pid = pid();
        return pid.isEmpty() ? "" : ", pid=" + pid.getAsLong();
    }

    /** The process, if it is of this pid namespace. */
    OptionalLong pid() {
        if (!processes.isTrusted()) {
            return OptionalLong.empty();
        }
        final String place = place();
        for (final String line : files.text("/proc/locks").split("\n")) {
            final String[] fields = line.strip().split("\\s+"); // number, kind, mode, access, pid, file, from, to
            if (fields.length > FILE_FIELD
                    && !fields[1].equals("->")
                    && fields[FILE_FIELD].equals(place)
                    && fields[PID_FIELD].matches("[1-9]\\d{0,9}")) {
                return OptionalLong.of(Long.parseLong(fields[PID_FIELD]));
            }
        }
        return OptionalLong.empty();
    }

    /** Device and inode as the kernel writes them there; the device number's parts are those of Linux (makedev(3)). */
    private String place() {
        try {
            final long device = ((Number) Files.getAttribute(file, "unix:dev")).longValue();
            final long inode = ((Number) Files.getAttribute(file, "unix:ino")).longValue();
            final long major = device >>> 8 & 0xfff | device >>> 32 & ~0xfffL;
            final long minor = device & 0xff | device >>> 12 & ~0xffL;
            return String.format(java.util.Locale.ROOT, "%02x:%02x:%d", major, minor, inode);
        } catch (final IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return ""; // it is gone, or of a system that does not tell
        }
    }
}
