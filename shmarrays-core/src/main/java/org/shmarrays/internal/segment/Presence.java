package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.SegmentVanishedException;

/**
 * Whether a segment's name still means the files that this process has mapped. Others delete them without a word:
 * {@code rm -r}, systemd-logind with RemoveIPC=yes, a cleaner of temporary files. The mappings stay, so without a look
 * at the names everything would seem well, while no one can attach any more and the values go with the last process.
 *
 * <p>A look is one system call for each file. Once a loss was seen it stays. For any thread.
 */
public final class Presence {
    private static final System.Logger LOGGER = System.getLogger(Presence.class.getName());
    private static final long LOOK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String name;
    private final Runnable removalCheck;
    private final Map<String, FileIdentity> files = new ConcurrentHashMap<>();
    private final AtomicLong lookedNs = new AtomicLong(System.nanoTime());
    private volatile Path directory;
    private volatile String loss;
    private volatile boolean isDoubtful;

    /**
     * Of a segment's files.
     *
     * @param removalCheck throws if the segment was removed in order
     */
    Presence(final String name, final Path directory, final Runnable removalCheck) {
        this.name = name;
        this.directory = directory;
        this.removalCheck = removalCheck;
    }

    /** Where the files are. */
    SegmentFiles files() {
        return new SegmentFiles(directory);
    }

    /** Gives the segment its name, in one step for other processes, and for threads of this one that check it. */
    synchronized void moveTo(final Path newDirectory) throws IOException {
        Files.move(directory, newDirectory, StandardCopyOption.ATOMIC_MOVE);
        directory = newDirectory;
    }

    /** One more file that must stay what it is. */
    void watch(final Path path, final FileIdentity identity) {
        files.put(path.getFileName().toString(), identity);
    }

    /**
     * Watches the lock file of a slot that this process has just locked.
     *
     * @throws SegmentVanishedException if it is gone already
     */
    public void watchSlot(final int slotId) {
        final Path lock = files().slotLock(slotId);
        try {
            watch(lock, FileIdentity.of(lock));
        } catch (final IOException e) {
            check();
            throw new InvalidSegmentException("cannot look at a slot's lock file: file=" + lock + ", " + e, e);
        }
    }

    /** The files of a slot that this process has given back are watched by whoever claims it next. */
    public void forgetSlot(final int slotId) {
        files.remove(files().slotLock(slotId).getFileName().toString());
        files.remove(files().undo(slotId).getFileName().toString());
    }

    /** True if a look has found the segment gone; does not look. */
    public boolean isLost() {
        return loss != null;
    }

    /**
     * Throws unless the name still means this segment.
     *
     * @throws SegmentVanishedException if it does not
     * @throws SegmentRemovedException if the segment was removed
     */
    public void check() {
        lookedNs.set(System.nanoTime());
        if (loss == null) {
            final String found = look();
            removalCheck.run(); // behind the look: a remover marks the segment before it takes the files away
            if (found == null) {
                return;
            }
            loss = found;
        }
        throw new SegmentVanishedException(
                "the segment's files were deleted, renamed, replaced or truncated from outside:"
                        + " name=" + name + ", " + loss
                        + "; rm -r does this, and systemd-logind with RemoveIPC=yes. Attached processes still have"
                        + " the values in memory: save them with Checkpoint.write(arrays, file) through an open handle"
                        + " before they end");
    }

    /** {@link #check}, but it looks at the files only if no one in this process has for a fifth of a second. */
    public void checkNowAndThen() {
        final long now = System.nanoTime();
        final long last = lookedNs.get();
        if (loss != null || now - last > LOOK_INTERVAL_NS && lookedNs.compareAndSet(last, now)) {
            check();
        }
    }

    /** What is wrong, or null. Not while the segment gets its name, see {@link #moveTo}. */
    private synchronized String look() {
        final boolean isThere = Files.exists(directory, LinkOption.NOFOLLOW_LINKS);
        if (isThere ? !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) : Files.notExists(directory)) {
            return "its directory is gone: directory=" + directory;
        }
        for (final Map.Entry<String, FileIdentity> file : files.entrySet()) {
            final String found = look(directory.resolve(file.getKey()), file.getValue());
            if (found != null && files.containsKey(file.getKey())) {
                return found;
            }
        }
        return null;
    }

    private String look(final Path path, final FileIdentity expected) {
        final FileIdentity found;
        try {
            found = FileIdentity.of(path);
        } catch (final NoSuchFileException | NotDirectoryException e) {
            return "one of its files is gone: file=" + path;
        } catch (final IOException e) {
            if (!isDoubtful) {
                isDoubtful = true;
                LOGGER.log(
                        System.Logger.Level.WARNING,
                        "cannot check whether the segment still exists: name=" + name + ", " + e);
            }
            return null;
        }
        if (!Objects.equals(found.key(), expected.key())) {
            return "one of its files was replaced by another file: file=" + path;
        }
        if (found.lengthBytes() != expected.lengthBytes()) {
            return "one of its files has another length: file=" + path + ", bytes=" + found.lengthBytes()
                    + ", expected=" + expected.lengthBytes();
        }
        return null;
    }
}
