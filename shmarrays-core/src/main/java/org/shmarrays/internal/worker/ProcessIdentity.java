package org.shmarrays.internal.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.ProcessTable;
import org.shmarrays.internal.segment.SystemFiles;
import org.shmarrays.layout.WorkerState;

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

    /** This process. */
    public static ProcessIdentity current() {
        return CURRENT;
    }

    /** The process that has claimed the slot. */
    static ProcessIdentity ofOwner(final SlotTable slots, final int slotId) {
        return new ProcessIdentity(
                slots.pid(slotId), slots.processStart(slotId), slots.bootId(slotId), slots.pidNamespace(slotId));
    }

    private static ProcessIdentity readCurrent() {
        return new ProcessIdentity(
                ProcessHandle.current().pid(), ProcessTable.HERE.ownStart(), readBootId(), readPidNamespace());
    }

    private static long readBootId() {
        try {
            final UUID id = UUID.fromString(SystemFiles.HERE.text("/proc/sys/kernel/random/boot_id"));
            return id.getMostSignificantBits() ^ id.getLeastSignificantBits();
        } catch (final IllegalArgumentException e) {
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

    /**
     * True if this process can look at that one by its id: both are of one boot and one namespace, which {@code /proc}
     * shows.
     */
    public boolean isVisible() {
        return isVisible(CURRENT, ProcessTable.HERE);
    }

    /** True if a process that sees these processes can look at this one. */
    boolean isVisible(final ProcessIdentity from, final ProcessTable processes) {
        return bootId == from.bootId && pidNamespace == from.pidNamespace && processes.isTrusted();
    }

    /**
     * True if the process is certainly gone, as far as its id tells: no process has it, or one that was started at
     * another time, or a zombie. Only for those that are {@linkplain #isVisible() visible}.
     */
    boolean isGone() {
        return ProcessTable.HERE.isGone(pid, start);
    }

    /**
     * True if the process is gone, or the kernel is about to end it: then its lock files are free before it is a
     * zombie. Only for those that are {@linkplain #isVisible() visible}.
     */
    boolean isEnding() {
        final ProcessTable.Entry found = ProcessTable.HERE.find(pid);
        return found == null ? isGone() : found.isEnding() || start != found.start();
    }

    /** True if the process can be seen, and does not run because it or its control group is stopped. */
    boolean isStopped() {
        return isVisible() && ProcessTable.HERE.isStopped(pid, start);
    }

    /** How the process is, as far as its id tells: never {@link WorkerState#DEPARTED}. */
    WorkerState state() {
        if (!isVisible()) {
            return WorkerState.ELSEWHERE;
        }
        if (isGone()) {
            return WorkerState.GONE;
        }
        return isStopped() ? WorkerState.STOPPED : WorkerState.RUNNING;
    }

    /** What is odd about the process, in parentheses, or nothing where it seems to run. */
    String look() {
        return switch (state()) {
            case GONE -> " (gone)";
            case STOPPED -> " (stopped)";
            default -> "";
        };
    }
}
