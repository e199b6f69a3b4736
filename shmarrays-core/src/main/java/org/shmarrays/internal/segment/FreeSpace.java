package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.InvalidSegmentException;

/**
 * Whether there is room for files that are about to be made, in their file system and in memory; and what to do if not.
 */
public final class FreeSpace {
    /** File systems whose files are memory. */
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "rootfs");

    /** The C library's words for ENOSPC and EDQUOT. */
    private static final Pattern IS_FULL = Pattern.compile("No space left on device|[Qq]uota exceeded");

    /**
     * The collector's threads may have to wait for a processor: it is given half a second, and asked more than once.
     */
    private static final int GC_ROUNDS = 100;

    private static final int ROUNDS_PER_GC = 20;
    private static final long GC_PAUSE_NS = 5_000_000;
    private static final double KIBIBYTE = 1 << 10;
    private static final double MEBIBYTE = 1 << 20;
    private static final double GIBIBYTE = 1 << 30;

    private FreeSpace() {}

    /**
     * Throws unless the file system has {@code neededBytes} free, and, where it keeps files in memory, the control
     * groups and the machine too.
     *
     * @throws InsufficientSpaceException if not
     */
    static void check(final Path directory, final String segment, final long neededBytes) {
        collectUntilFree(directory, neededBytes);
        final long free = freeBytes(directory);
        if (free < neededBytes) {
            throw new InsufficientSpaceException(message(directory, segment, neededBytes, free));
        }
        checkMemory(directory, "segment: name=" + segment, neededBytes, MemoryLimits.now());
    }

    /**
     * Throws unless there is memory for a file, if its file system keeps it there: the kernel would end processes.
     *
     * @param what will stand in the file
     * @throws InsufficientSpaceException if not
     */
    public static void checkMemory(final Path file, final String what, final long neededBytes) {
        checkMemory(file.toAbsolutePath().getParent(), what + ": file=" + file, neededBytes, MemoryLimits.now());
    }

    private static void checkMemory(
            final Path directory, final String what, final long neededBytes, final MemoryLimits limits) {
        final long left = memoryBytes(directory, limits);
        if (left < neededBytes) {
            throw new InsufficientSpaceException("not enough memory for the " + what + ", "
                    + neededAndFree(neededBytes, left) + ", limited" + limits.whoLimits(isSwappable(directory))
                    + "; files in " + directory
                    + " count as memory: raise the container's memory limit, or choose a directory on a disk");
        }
    }

    /**
     * Has the mappings of removed segments, which are in use by no one, collected where there would be too little room.
     */
    private static void collectUntilFree(final Path directory, final long neededBytes) {
        for (int round = 0; !isFree(directory, neededBytes) && round < GC_ROUNDS; round++) {
            if (round % ROUNDS_PER_GC == 0) {
                System.gc();
            }
            Parking.parkNanos(GC_PAUSE_NS);
        }
    }

    private static boolean isFree(final Path directory, final long neededBytes) {
        return freeBytes(directory) >= neededBytes && memoryBytes(directory, MemoryLimits.now()) >= neededBytes;
    }

    static String message(final Path directory, final String segment, final long neededBytes, final long freeBytes) {
        return "not enough space for the segment: name=" + segment + ", directory=" + directory + ", "
                + neededAndFree(neededBytes, freeBytes)
                + "; free some space (`bin/shmarrays clean --dry-run` shows what is not used), choose another directory"
                + " with -Dshmarrays.directory=DIR, or in Docker start the container with a larger --shm-size";
    }

    /**
     * What an IOException while files of a segment were written means; what was written must still be there.
     *
     * @param freeBytes room before the first of them
     */
    static RuntimeException failure(
            final Path directory,
            final String segment,
            final long neededBytes,
            final long freeBytes,
            final IOException cause) {
        if (freeBytes(directory) < MappedFile.ZEROS_LENGTH) {
            return new InsufficientSpaceException(message(directory, segment, neededBytes, freeBytes), cause);
        }
        if (isFull(cause)) {
            return new InsufficientSpaceException(
                    "the file system has free space but accepts no more files of the segment: name=" + segment
                            + ", directory=" + directory + ", " + neededAndFree(neededBytes, freeBytes) + ", "
                            + cause.getMessage() + "; check its inodes (df -i) and quotas",
                    cause);
        }
        return new InvalidSegmentException(
                "cannot create a file of the segment: name=" + segment + ", " + cause, cause);
    }

    private static boolean isFull(final IOException e) {
        return e.getMessage() != null && IS_FULL.matcher(e.getMessage()).find();
    }

    /** Room in the file system of a directory; that of one without a limit is endless. */
    static long freeBytes(final Path directory) {
        try {
            final FileStore store = Files.getFileStore(directory);
            return store.getTotalSpace() == 0 ? Long.MAX_VALUE : store.getUsableSpace();
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot access the file system: directory=" + directory, e);
        }
    }

    /** Memory for files in a directory; endless where they are none. */
    private static long memoryBytes(final Path directory, final MemoryLimits limits) {
        return isInMemory(type(directory)) ? limits.leftBytes(isSwappable(directory)) : Long.MAX_VALUE;
    }

    /** True if files of a file system of this type are memory. */
    public static boolean isInMemory(final String type) {
        return IN_MEMORY.contains(type);
    }

    private static boolean isSwappable(final Path directory) {
        return !type(directory).equals("ramfs");
    }

    private static String type(final Path directory) {
        try {
            return Files.getFileStore(directory).type();
        } catch (final IOException e) {
            return "";
        }
    }

    /** Two amounts as a message gives them: in bytes too where they would read alike. */
    public static String neededAndFree(final long neededBytes, final long freeBytes) {
        final String needed = text(neededBytes);
        final String free = text(Math.max(0, freeBytes));
        return needed.equals(free)
                ? "needed=" + needed + " (" + neededBytes + " B), free=" + free + " (" + freeBytes + " B)"
                : "needed=" + needed + ", free=" + free;
    }

    private static String text(final long bytes) {
        if (bytes < KIBIBYTE) {
            return bytes + " B";
        }
        if (bytes < MEBIBYTE) {
            return String.format(Locale.ROOT, "%.1f KiB", bytes / KIBIBYTE);
        }
        return bytes < GIBIBYTE
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / MEBIBYTE)
                : String.format(Locale.ROOT, "%,.1f GiB", bytes / GIBIBYTE);
    }
}
