package org.shmarrays.internal.segment;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The processes of this pid namespace, as {@code /proc} shows them (proc_pid_stat(5)). For any thread.
 *
 * <p>What is mounted at {@code /proc} may belong to another namespace: after {@code unshare --pid} without
 * {@code --mount-proc}, or in a container that has been given the host's. Its numbers mean other processes, so nothing
 * there is looked at then, and no {@link ProcessHandle} either, which reads the same files: {@link #isTrusted()}.
 */
public final class ProcessTable {
    /** The processes that this one can see. */
    public static final ProcessTable HERE = new ProcessTable(
            SystemFiles.HERE,
            ProcessHandle.current().pid(),
            System.getProperty("os.name").equals("Linux"));

    private static final int FIELDS_BEFORE_FLAGS = 6;
    private static final int FIELDS_BEFORE_START = 19;

    /** In Linux's {@code include/linux/sched.h}: set before the process's files are closed. */
    private static final long PF_EXITING = 0x4;

    private final SystemFiles files;
    private final ControlGroups groups;
    private final boolean isLinux;
    private final boolean isTrusted;

    /**
     * As a process sees it.
     *
     * @param ownPid of that process, in its own namespace
     * @param isLinux false for other systems, where {@link ProcessHandle} does not read files
     */
    ProcessTable(final SystemFiles files, final long ownPid, final boolean isLinux) {
        this.files = files;
        this.groups = new ControlGroups(files);
        this.isLinux = isLinux;
        this.isTrusted = !isLinux || isOfNamespaceOf(ownPid);
    }

    /**
     * Where {@code /proc} is of a namespace above, this process has two ids, which may be equal: {@code NSpid} has
     * both.
     */
    private boolean isOfNamespaceOf(final long ownPid) {
        final String own = Long.toString(ownPid);
        try {
            if (!Files.readSymbolicLink(files.path("/proc/self")).toString().equals(own)) {
                return false;
            }
        } catch (final IOException | UnsupportedOperationException e) {
            return false;
        }
        return files.text("/proc/self/status")
                .lines()
                .filter(line -> line.startsWith("NSpid:"))
                .allMatch(line -> line.substring("NSpid:".length()).strip().equals(own));
    }

    /**
     * One process.
     *
     * @param state its letter, such as R, S, T or Z
     * @param isEnding true if the kernel is about to end it: it closes its files before it is a zombie
     * @param start in clock ticks since boot
     */
    public record Entry(char state, boolean isEnding, long start) {
        /** True if it is no longer there but for its exit code. */
        public boolean isZombie() {
            return state == 'Z' || state == 'X';
        }

        /** True if it is stopped by a signal, or by a debugger. */
        public boolean isStopped() {
            return state == 'T' || state == 't';
        }
    }

    /** True if process ids of this process's namespace mean something here. */
    public boolean isTrusted() {
        return isTrusted;
    }

    /** The process of an id; null if there is none, or it is not known. */
    public Entry find(final long pid) {
        return isTrusted && isLinux ? read(Long.toString(pid)) : null;
    }

    private Entry read(final String process) {
        final String text = files.text("/proc/" + process + "/stat");
        final String[] fields =
                text.substring(text.lastIndexOf(')') + 1).strip().split(" ");
        try {
            return fields.length <= FIELDS_BEFORE_START
                    ? null
                    : new Entry(
                            fields[0].charAt(0),
                            (Long.parseLong(fields[FIELDS_BEFORE_FLAGS]) & PF_EXITING) != 0,
                            Long.parseLong(fields[FIELDS_BEFORE_START]));
        } catch (final NumberFormatException e) {
            return null;
        }
    }

    /** The start of this process: on Linux in clock ticks since boot, elsewhere in ms since 1970. */
    public long ownStart() {
        final Entry self = isLinux ? read("self") : null;
        if (self != null) {
            return self.start();
        }
        // In a JVM the same for all copies of this class.
        return (isLinux
                        ? Optional.<Instant>empty()
                        : ProcessHandle.current().info().startInstant())
                .map(Instant::toEpochMilli)
                .orElseGet(() -> ManagementFactory.getRuntimeMXBean().getStartTime());
    }

    /** True if there is certainly no process of an id, whenever it was started. */
    public boolean isGone(final long pid) {
        return isTrusted && ProcessHandle.of(pid).isEmpty();
    }

    /** True if a process is certainly gone: none has its id, or one that was started at another time, or a zombie. */
    public boolean isGone(final long pid, final long start) {
        final Entry found = find(pid);
        if (found != null) {
            return found.isZombie() || start != found.start();
        }
        return isGone(pid)
                || !isLinux
                        && ProcessHandle.of(pid)
                                .flatMap(process -> process.info().startInstant())
                                .map(instant -> instant.toEpochMilli() != start)
                                .orElse(false);
    }

    /** True if a process that can be seen does not run: it is stopped, or its control group is frozen (cgroups(7)). */
    boolean isStopped(final long pid) {
        return isStopped(pid, find(pid));
    }

    /** The same; false for one that was started at another time. */
    public boolean isStopped(final long pid, final long start) {
        final Entry entry = find(pid);
        return entry != null && entry.start() == start && isStopped(pid, entry);
    }

    private boolean isStopped(final long pid, final Entry entry) {
        return entry != null
                && (entry.isStopped() || !entry.isZombie() && entry.state() != 'R' && isFrozen(Long.toString(pid)));
    }

    /** Groups below a frozen one are frozen too, and say so. */
    private boolean isFrozen(final String process) {
        final String version2 = groups.of(process, ControlGroups.VERSION_2).get(0);
        return SystemFiles.field(files.text(version2 + "/cgroup.events"), "frozen")
                        .equals(OptionalLong.of(1))
                || files.text(groups.of(process, "freezer").get(0) + "/freezer.state")
                        .equals("FROZEN");
    }
}
