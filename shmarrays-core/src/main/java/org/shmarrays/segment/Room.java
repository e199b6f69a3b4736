package org.shmarrays.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks whether there is room for a segment before it is created, and says what to do when there is not. */
final class Room {
    private static final Path CGROUP = Path.of("/sys/fs/cgroup");

    /** The collector's threads may have to wait for a processor: it is given half a second, and asked more than once. */
    private static final int GC_ROUNDS = 100;

    private static final int ROUNDS_PER_GC = 20;
    private static final long GC_PAUSE_NS = 5_000_000;

    private Room() {}

    /**
     * Returns if the file system has {@code neededBytes} free, and, where it keeps files in memory, the control group
     * too.
     *
     * @throws InsufficientSpaceException if not
     */
    static void check(final Path directory, final String segment, final long neededBytes) {
        final long free = freeBytesFor(directory, neededBytes);
        if (free < neededBytes) {
            throw new InsufficientSpaceException(message(directory, segment, neededBytes, free));
        }
        if (isInMemory(directory)) {
            final long left = cgroupBytesLeft();
            if (left < neededBytes) {
                throw new InsufficientSpaceException(
                        "too little memory left to this control group for the segment: name="
                                + segment + ", needed=" + mebibytes(neededBytes) + ", left=" + mebibytes(left)
                                + "; files in " + directory
                                + " count as memory: raise the container's memory limit, or choose"
                                + " a directory on a disk");
            }
        }
    }

    /** Room that is free, if it is too little after the mappings of removed segments, which nobody uses, have gone. */
    private static long freeBytesFor(final Path directory, final long neededBytes) {
        long free = freeBytes(directory);
        for (int round = 0; free < neededBytes && round < GC_ROUNDS; round++) {
            if (round % ROUNDS_PER_GC == 0) {
                System.gc();
            }
            Parking.parkNanos(GC_PAUSE_NS);
            free = freeBytes(directory);
        }
        return free;
    }

    static String message(final Path directory, final String segment, final long neededBytes, final long freeBytes) {
        return "too little room for the segment: name=" + segment + ", directory=" + directory + ", needed="
                + mebibytes(neededBytes) + ", free=" + mebibytes(freeBytes)
                + "; free some (dead segments are removed by `bin/shmarrays rm NAME`), choose another directory with"
                + " -Dshmarrays.directory=DIR, or in Docker start the container with a larger --shm-size";
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
        return freeBytes(directory) < MappedFile.ZEROS_LENGTH
                ? new InsufficientSpaceException(message(directory, segment, neededBytes, freeBytes), cause)
                : new InvalidSegmentException(
                        "cannot create a file of the segment: name=" + segment + ", " + cause, cause);
    }

    static long freeBytes(final Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot look at the file system: directory=" + directory, e);
        }
    }

    private static boolean isInMemory(final Path directory) {
        try {
            return Files.getFileStore(directory).type().equals("tmpfs");
        } catch (final IOException e) {
            return false;
        }
    }

    private static long cgroupBytesLeft() {
        final long v2 = left(CGROUP.resolve("memory.max"), CGROUP.resolve("memory.current"));
        final Path v1 = CGROUP.resolve("memory");
        return Math.min(v2, left(v1.resolve("memory.limit_in_bytes"), v1.resolve("memory.usage_in_bytes")));
    }

    private static long left(final Path limit, final Path usage) {
        try {
            if (Files.exists(limit)) {
                final String text = Files.readString(limit).strip();
                return text.equals("max")
                        ? Long.MAX_VALUE
                        : Long.parseLong(text)
                                - Long.parseLong(Files.readString(usage).strip());
            }
        } catch (final IOException | NumberFormatException e) {
            return Long.MAX_VALUE;
        }
        return Long.MAX_VALUE;
    }

    private static String mebibytes(final long bytes) {
        return String.format("%,.1f MiB", bytes / (1024.0 * 1024.0));
    }
}
