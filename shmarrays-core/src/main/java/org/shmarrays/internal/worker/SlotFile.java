package org.shmarrays.internal.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.internal.layout.SlotTable;
import org.shmarrays.internal.segment.LockFile;
import org.shmarrays.internal.segment.Segment;

/**
 * A lock file of a segment, held: that of a slot, of the entry ({@link RunEntry}), or the one that is held while an
 * abandoned slot is recovered. It falls when the process ends, however it ends.
 *
 * <p>POSIX drops all of a process's locks on a file when the process closes any handle of it. So within a process a
 * file that is held is never opened a second time ({@link LockFile}), and threads that only look do so one at a
 * time. For any thread.
 */
final class SlotFile implements AutoCloseable {
    private static final int NO_SLOT = -1;

    private final LockFile file;

    private SlotFile(final LockFile file) {
        this.file = file;
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
        final LockFile file = LockFile.enter(name);
        if (file == null) {
            return null;
        }
        SlotFile held = null;
        try {
            segment.presence().check(); // the file of another segment of this name is none of ours
            if (slotId != NO_SLOT && isMissing(segment, slotId)) {
                return null;
            }
            if (file.tryLock(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                held = new SlotFile(file);
            }
            return held;
        } catch (final IOException e) {
            segment.presence().check(); // its files go, or have gone
            throw new InvalidSegmentException(
                    "cannot lock a slot: segment=" + segment.name() + ", file=" + path + ", " + e, e);
        } finally {
            if (held == null) {
                file.close();
            }
        }
    }

    /**
     * True if the file of an owner that may live was deleted from outside. To make and lock another one would give the
     * slot a second owner; so it counts as held.
     */
    private static boolean isMissing(final Segment segment, final int slotId) {
        return !Files.exists(segment.files().slotLock(slotId), LinkOption.NOFOLLOW_LINKS)
                && mayLiveWithoutLock(segment, slotId);
    }

    /**
     * True unless the slot's owner has departed or is dead by its process alone: where its lock file is lost, that file
     * tells nothing. An owner of another pid namespace of this boot may live.
     */
    private static boolean mayLiveWithoutLock(final Segment segment, final int slotId) {
        final SlotTable slots = segment.slots();
        if (slots.stateAcquire(slotId) != SlotTable.ACTIVE) {
            return false;
        }
        final ProcessIdentity owner = ProcessIdentity.ofOwner(segment.slots(), slotId);
        return owner.isVisible()
                ? !owner.isGone()
                : owner.bootId() == ProcessIdentity.current().bootId();
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

    /** Twice is harmless. */
    @Override
    public void close() {
        file.close();
    }
}
