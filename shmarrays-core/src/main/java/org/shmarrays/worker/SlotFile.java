package org.shmarrays.worker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.shmarrays.segment.InvalidSegmentException;
import org.shmarrays.segment.MappedFile;
import org.shmarrays.segment.Segment;

/**
 * The lock file of a slot, held: it falls when the process ends, however it ends.
 *
 * <p>POSIX drops all of a process's locks on a file when the process closes any handle of it. So within a JVM a file that
 * is held is never opened a second time, and threads that only look do so one at a time. For any thread.
 */
final class SlotFile implements AutoCloseable {
    private static final Set<Key> HELD_BY_THIS_JVM = ConcurrentHashMap.newKeySet();

    private final Key key;
    private final FileChannel channel;

    private record Key(UUID segment, int slotId) {}

    private SlotFile(final Key key, final FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /**
     * Takes the lock of a slot if nobody holds it, neither in this JVM nor in another process; returns null otherwise. The file is
     * made if it is not there.
     *
     * @throws InvalidSegmentException if the file can't be opened
     */
    static SlotFile tryHold(final Segment segment, final int slotId) {
        final Key key = new Key(segment.uid(), slotId);
        if (!HELD_BY_THIS_JVM.add(key)) {
            return null;
        }
        SlotFile held = null;
        FileChannel channel = null;
        try {
            segment.presence().check(); // the file of another segment of this name is none of ours
            if (isMissing(segment, slotId)) {
                return null;
            }
            channel = open(segment, slotId);
            final FileLock lock = channel.tryLock();
            if (lock != null) {
                held = new SlotFile(key, channel);
            }
            return held;
        } catch (final OverlappingFileLockException e) {
            return null;
        } catch (final IOException e) {
            segment.presence().check(); // its files go, or have gone
            throw new InvalidSegmentException(
                    "cannot lock a slot: segment=" + segment.name() + ", slot=" + slotId + ", " + e, e);
        } finally {
            if (held == null) {
                closeQuietly(channel);
                HELD_BY_THIS_JVM.remove(key);
            }
        }
    }

    /**
     * True if the file of an owner that may live was deleted from outside. To make and lock another one would give the slot a
     * second owner; so it counts as held.
     */
    private static boolean isMissing(final Segment segment, final int slotId) {
        return !Files.exists(segment.files().slotLock(slotId), LinkOption.NOFOLLOW_LINKS)
                && Liveness.mayLiveWithoutLock(segment, slotId);
    }

    private static FileChannel open(final Segment segment, final int slotId) throws IOException {
        return MappedFile.openForOwner(
                segment.files().slotLock(slotId),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    /**
     * True if no process holds the slot's lock: it was got, and is free again. False also where somebody else only looks at this
     * moment, which counts as a living owner until the next look.
     */
    static synchronized boolean isFree(final Segment segment, final int slotId) {
        try (SlotFile probe = tryHold(segment, slotId)) {
            return probe != null;
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
        HELD_BY_THIS_JVM.remove(key);
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
