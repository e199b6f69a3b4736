package org.shmarrays.worker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.MappedFile;
import org.shmarrays.segment.ProcessRegister;
import org.shmarrays.segment.Segment;

/**
 * A lock file of a segment, held: that of a slot, of the entry ({@link RunEntry}), or the one that is held while an
 * abandoned slot is recovered. It falls when the process ends, however it ends.
 *
 * <p>POSIX drops all of a process's locks on a file when the process closes any handle of it. So within a process a
 * file that is held is never opened a second time ({@link ProcessRegister}), and threads that only look do so one at a
 * time. For any thread.
 */
final class SlotFile implements AutoCloseable {
    private static final int NO_SLOT = -1;

    private final String name;
    private final FileChannel channel;
    private boolean closed;

    private SlotFile(final String name, final FileChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    /**
     * Takes the lock of a slot if no one holds it, neither in this process nor in another one; returns null otherwise.
     * The file is made if it is not there.
     *
     * @throws InvalidSegmentException if the file can't be opened
     */
    static SlotFile tryHold(final Segment segment, final int slotId) {
        return tryHold(segment, slotId, segment.files().slotLock(slotId));
    }

    /**
     * Takes the lock under which slots are recovered whose owners live and have given them up; returns null if someone
     * holds it.
     *
     * @throws InvalidSegmentException if the file can't be opened
     */
    static SlotFile tryHoldAbandoned(final Segment segment) {
        return tryHold(segment, NO_SLOT, segment.files().abandonedLock());
    }

    /** Takes the lock of the segment's entry, as {@link #tryHold} does that of a slot. */
    static SlotFile tryHoldEntry(final Segment segment) {
        return tryHold(segment, NO_SLOT, segment.files().entryLock());
    }

    private static SlotFile tryHold(final Segment segment, final int slotId, final Path path) {
        final String name = "slot " + segment.uid() + " " + (slotId == NO_SLOT ? path.getFileName() : slotId);
        if (!ProcessRegister.add(name)) {
            return null;
        }
        SlotFile held = null;
        FileChannel channel = null;
        try {
            segment.presence().check(); // the file of another segment of this name is none of ours
            if (slotId != NO_SLOT && isMissing(segment, slotId)) {
                return null;
            }
            channel = MappedFile.openForOwner(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            final FileLock lock = channel.tryLock();
            if (lock != null) {
                held = new SlotFile(name, channel);
            }
            return held;
        } catch (final OverlappingFileLockException e) {
            return null; // code that is not ours holds it
        } catch (final IOException e) {
            segment.presence().check(); // its files go, or have gone
            throw new InvalidSegmentException(
                    "cannot lock a slot: segment=" + segment.name() + ", file=" + path + ", " + e, e);
        } finally {
            if (held == null) {
                try {
                    closeQuietly(channel);
                } finally {
                    ProcessRegister.remove(name);
                }
            }
        }
    }

    /**
     * True if the file of an owner that may live was deleted from outside. To make and lock another one would give the
     * slot a second owner; so it counts as held.
     */
    private static boolean isMissing(final Segment segment, final int slotId) {
        return !Files.exists(segment.files().slotLock(slotId), LinkOption.NOFOLLOW_LINKS)
                && Liveness.mayLiveWithoutLock(segment, slotId);
    }

    /**
     * True if no process holds the slot's lock: it was got, and is free again. False also where another process only
     * looks at this moment, which counts as a living owner until the next look.
     */
    static synchronized boolean isFree(final Segment segment, final int slotId) {
        try (SlotFile probe = tryHold(segment, slotId)) {
            return probe != null;
        }
    }

    /** Twice is harmless: the name may be another holder's by then. */
    @Override
    public void close() {
        if (!closed) {
            closeQuietly(channel);
            closed = true;
            ProcessRegister.remove(name);
        }
    }

    private static void closeQuietly(final FileChannel channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (final IOException e) {
            System.getLogger(SlotFile.class.getName())
                    .log(System.Logger.Level.WARNING, "closing a slot's lock file failed", e);
        }
    }
}
