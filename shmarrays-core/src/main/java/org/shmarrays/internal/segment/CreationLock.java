package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.concurrent.NanoClock;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.layout.Names;

/**
 * Held by whoever creates a segment or looks whether to: of several processes that want to create the same one, exactly
 * one does. It is a locked file, so it falls with its process, and it is deleted when it is released.
 */
public final class CreationLock implements AutoCloseable {
    private static final long POLL_NS = 2_000_000;
    private static final long LONGEST_POLL_NS = 50_000_000;

    /** What counts at most of a round of waiting. */
    private static final long LONGEST_ROUND_NS = 4 * LONGEST_POLL_NS;

    /** Lengths that the lock file gets, with a hole before its only byte. */
    private static final long LONGEST_MARK = 1L << 24;

    private static final long MARK_BYTES = 4096;

    private final Path path;
    private final LockFile file;
    private boolean closed;

    private CreationLock(final Path path, final LockFile file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Takes the lock of a name, waiting for others to finish.
     *
     * @throws LockTimeoutException if another process or thread holds it for longer than the limit
     */
    public static CreationLock acquire(
            final SegmentRoot root, final String name, final WaitLimit limit, final NanoClock clock) {
        Step.K1.reached();
        root.prepare();
        final Path path = path(realPath(root.directory()), name);
        final WaitTime time = new WaitTime(limit, LONGEST_ROUND_NS);
        final FileLockHolder holder = new FileLockHolder(path);
        long now = clock.nanoTime();
        long pollNs = POLL_NS;
        while (true) {
            try {
                final CreationLock lock = tryAcquire(path, holder);
                if (lock != null) {
                    return lock;
                }
            } catch (final IOException e) {
                throw FreeSpace.failure(root.directory(), name, MARK_BYTES, FreeSpace.freeBytes(root.directory()), e);
            }
            Step.K5.reached();
            if (time.isOver()) {
                throw new LockTimeoutException(
                        "another process is creating the segment and does not finish: name=" + name + ", waited="
                                + time.countedNs() / 1_000_000 + " ms, lock file=" + path + holder.describe());
            }
            // Many may wait: they look seldom, and not all at the same time.
            Parking.parkNanos(ThreadLocalRandom.current().nextLong(pollNs / 2, pollNs));
            pollNs = Math.min(2 * pollNs, LONGEST_POLL_NS);
            final long before = now;
            now = clock.nanoTime();
            time.add(now - before, holder.isStopped(now), false);
        }
    }

    /** The process that creates a segment of a name, if one does. */
    public static FileLockHolder holder(final SegmentRoot root, final String name) {
        return new FileLockHolder(path(root.directory(), name));
    }

    /** Whether the lock of a name has a file: a process holds it, or was ended while it did. */
    public static boolean hasFile(final SegmentRoot root, final String name) {
        return Files.exists(path(root.directory(), name), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * True if another process or thread holds the lock of a name at this moment. Nothing is made, changed or deleted; a
     * claimant that tries meanwhile tries again.
     *
     * @throws InvalidSegmentException if the lock file can't be opened
     */
    public static boolean isHeld(final SegmentRoot root, final String name) {
        final Path path = path(realPath(root.directory()), name);
        try (LockFile file = LockFile.enter(registered(path))) {
            return file == null || !file.tryLock(path, StandardOpenOption.WRITE);
        } catch (final NoSuchFileException e) {
            return false;
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot access a lock file: file=" + path + ", " + e, e);
        }
    }

    private static Path path(final Path directory, final String name) {
        return directory.resolve(".create-" + Names.checkSegmentName(name) + ".lock");
    }

    /** One path for each file: the register of this process tells them apart by it. */
    private static Path realPath(final Path directory) {
        try {
            return directory.toRealPath();
        } catch (final IOException e) {
            throw new InvalidSegmentException(
                    "cannot access the directory of the segments: directory=" + directory + ", " + e, e);
        }
    }

    private static CreationLock tryAcquire(final Path path, final FileLockHolder holder) throws IOException {
        Step.K2.reached();
        // A thread must not open what another one holds: to close it would drop that one's lock.
        return Interruption.defer(() -> tryLock(path, holder));
    }

    private static CreationLock tryLock(final Path path, final FileLockHolder holder) throws IOException {
        final LockFile file = LockFile.enter(registered(path));
        if (file == null) {
            return null;
        }
        CreationLock held = null;
        try {
            Step.K3.reached();
            if (file.tryLock(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    && isStillAt(path, file.channel())) {
                holder.ended();
                held = new CreationLock(path, file);
            }
            return held;
        } finally {
            if (held == null) {
                file.close();
            }
        }
    }

    private static String registered(final Path path) {
        return "creation " + path;
    }

    /**
     * The lock may be of a file that its last holder has deleted meanwhile: a mark tells, the file's length. It is not
     * read, because to close the handle for reading would drop the lock.
     */
    private static boolean isStillAt(final Path path, final FileChannel channel) throws IOException {
        Step.K4.reached();
        final long mark = ThreadLocalRandom.current().nextLong(LONGEST_MARK);
        channel.truncate(0);
        channel.write(ByteBuffer.allocate(1), mark);
        try {
            return Files.size(path) == mark + 1;
        } catch (final NoSuchFileException e) {
            return false;
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (file) {
            Step.K6.reached();
            Files.deleteIfExists(path);
        } catch (final IOException e) {
            throw new InvalidSegmentException(
                    "cannot release the creation lock of a segment: file=" + path + ", " + e, e);
        }
    }
}
