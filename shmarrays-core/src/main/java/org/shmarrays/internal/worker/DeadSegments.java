package org.shmarrays.internal.worker;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.concurrent.SystemNanoClock;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.LockTimeoutException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.segment.CreationLock;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentOpener;
import org.shmarrays.internal.segment.SegmentRemoval;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.segment.WaitLimit;

// Over 300 lines: what finds dead segments must decide as what removes them.
/**
 * Tells what stands in the directory of the segments apart by who uses it, and removes what is dead, never what is
 * alive: see {@link Condition}. For any thread.
 */
public final class DeadSegments {
    private static final Pattern UNFINISHED = Pattern.compile("\\.(creating|removed)-([A-Za-z0-9_].*)-[0-9a-z]+");
    private static final String NO_LOCK_FILE =
            "there is no space for a lock file, so it is unknown whether a process is creating or removing it";
    private static final String NO_SEGMENT = "not a segment, or not only a segment: ";
    private static final Pattern LOCK_FILE = Pattern.compile("\\.create-([A-Za-z0-9_].*)\\.lock");

    private final SegmentRoot root;

    /** Those in the settings' directory. */
    public DeadSegments(final SegmentRoot root) {
        this.root = root;
    }

    /** What is to be thought of an entry of the directory. */
    public enum Condition {
        /** A segment; the owner of some slot lives. */
        IN_USE,
        /** A segment; no owner lives, but the process does that supervises its run and may start workers again. */
        SUPERVISED,
        /**
         * A segment; no owner is seen to live, but some, or the supervisor, are of another pid namespace and can't be
         * looked at.
         */
        UNSEEN,
        /** A segment; no owner lives, and its creator died with its handle open. */
        ABANDONED,
        /**
         * A segment; no owner lives, but its creator closed it, or its slot was taken over, or it has outlived a
         * restart of the machine: its values may be wanted.
         */
        KEPT,
        /** What a creator or remover who died has left. */
        UNFINISHED,
        /** What a creator or remover makes or removes in this moment. */
        AT_WORK,
        /** A segment that can't be opened: damaged, or of another version. */
        INVALID,
        /**
         * It can't be looked at, for a reason that lies outside of it: rights, too many open files, no address space.
         */
        UNREADABLE,
        /** Nothing that belongs here, or a directory that holds what no segment has; it is never removed. */
        STRANGE;

        /** True if {@link #remove} removes it, {@code all} or not. */
        public boolean isRemovedBy(final boolean all) {
            return this == ABANDONED || this == UNFINISHED || all && (this == KEPT || this == UNSEEN);
        }
    }

    /**
     * An entry of the directory.
     *
     * @param name of the segment that it is or belongs to; of what is strange the file's
     * @param file its name in the directory
     * @param lastSignMs when an owner last gave a sign of life, or, of what is no segment, when it last changed; ms
     *     since 1970
     * @param reason why it is in this condition, in words
     */
    public record Entry(
            String name, String file, Condition condition, long sizeBytes, long lastSignMs, String reason) {}

    /**
     * What became of an entry.
     *
     * @param entry as it was found under the locks
     * @param removed false if it stays, and then the entry's reason says why
     */
    public record Outcome(Entry entry, boolean removed) {}

    /**
     * All entries of the directory, in the order of their names. Where something unfinished lies, the creation lock of
     * its name is tried for a moment. Nothing is changed.
     *
     * @throws InvalidSegmentException if the directory can't be read
     */
    public List<Entry> find() {
        final List<Entry> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.directory())) {
            for (final Path path : entries) {
                find(path).ifPresent(found::add);
            }
        } catch (final NoSuchFileException e) {
            return List.of();
        } catch (final IOException | DirectoryIteratorException e) {
            throw new InvalidSegmentException("cannot list the segments: directory=" + root.directory() + ", " + e, e);
        }
        found.sort(Comparator.comparing(Entry::name).thenComparing(Entry::file));
        return found;
    }

    private Optional<Entry> find(final Path path) {
        final String file = path.getFileName().toString();
        final Matcher unfinished = UNFINISHED.matcher(file);
        final Matcher lock = LOCK_FILE.matcher(file);
        if (unfinished.matches()) {
            return Optional.of(unfinished(unfinished.group(2), path));
        }
        if (lock.matches()) {
            final String name = lock.group(1);
            // Without anything unfinished it is deleted with the lock, or by whoever takes it next.
            return root.hasUnfinished(name) ? Optional.empty() : Optional.of(unfinished(name, path));
        }
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(entry(file, path, Condition.STRANGE, "a file that is not part of a segment"))
                    : Optional.empty();
        }
        try {
            root.segment(file);
        } catch (final IllegalArgumentException e) {
            return Optional.of(entry(file, path, Condition.STRANGE, e.getMessage()));
        }
        return segment(file);
    }

    private Entry unfinished(final String name, final Path path) {
        return unfinished(name, path, "left by a process that died while it created or removed the segment");
    }

    /** Left by a process that died, for this reason, if the creation lock of its name is free. */
    private Entry unfinished(final String name, final Path path, final String reason) {
        if (isClosedToThisUser(path)) {
            return closed(name, path);
        }
        final Optional<String> foreign = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                        && LOCK_FILE.matcher(path.getFileName().toString()).matches()
                ? Optional.empty()
                : root.foreignContentOfUnfinished(path.getFileName().toString());
        try {
            if (foreign.isPresent()) {
                return entry(name, path, Condition.STRANGE, NO_SEGMENT + foreign.get());
            }
            return CreationLock.isHeld(root, name)
                    ? entry(name, path, Condition.AT_WORK, "another process is creating or removing it")
                    : entry(name, path, Condition.UNFINISHED, reason);
        } catch (final InvalidSegmentException e) {
            return entry(name, path, Condition.UNREADABLE, e.getMessage());
        }
    }

    /** The segment of a name, or nothing if there is none any more. */
    private Optional<Entry> segment(final String name) {
        final Path path = root.segment(name);
        try {
            final Segment segment = SegmentOpener.open(root, name, true);
            final Occupancy occupancy = Occupancy.of(segment);
            return Optional.of(new Entry(
                    name,
                    name,
                    condition(occupancy),
                    sizeBytes(path),
                    occupancy.lastSignMs(),
                    reason(segment, occupancy)));
        } catch (final SegmentNotFoundException e) {
            return Optional.empty();
        } catch (final SegmentRemovedException e) {
            return Optional.of(unfinished(name, path, "a process died while it was removing it"));
        } catch (final InvalidSegmentException e) {
            return Optional.of(unusable(name, path, e));
        }
    }

    /** What can't be opened. */
    private Entry unusable(final String name, final Path path, final InvalidSegmentException e) {
        if (isClosedToThisUser(path)) {
            return closed(name, path);
        }
        final Condition condition = condition(e);
        final Optional<String> foreign = condition == Condition.INVALID ? root.foreignContent(name) : Optional.empty();
        return foreign.isPresent()
                ? entry(name, path, Condition.STRANGE, NO_SEGMENT + foreign.get())
                : entry(name, path, condition, e.getMessage());
    }

    private static boolean isClosedToThisUser(final Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && !(Files.isReadable(path) && Files.isExecutable(path));
    }

    private static Entry closed(final String name, final Path path) {
        String owner;
        try {
            owner = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName();
        } catch (final IOException e) {
            owner = "unknown";
        }
        return entry(name, path, Condition.UNREADABLE, "this user may not read it: owner=" + owner);
    }

    /** Files that can't be read say nothing against what is in them. */
    private static Condition condition(final InvalidSegmentException e) {
        return e.getCause() instanceof IOException && !(e.getCause() instanceof NoSuchFileException)
                ? Condition.UNREADABLE
                : Condition.INVALID;
    }

    private static Condition condition(final Occupancy occupancy) {
        if (occupancy.isInUse()) {
            return Condition.IN_USE;
        }
        if (occupancy.isSupervised()) {
            return Condition.SUPERVISED;
        }
        if (occupancy.isUnseen()) {
            return Condition.UNSEEN;
        }
        return occupancy.creator() == Occupancy.Creator.DEAD ? Condition.ABANDONED : Condition.KEPT;
    }

    private static String reason(final Segment segment, final Occupancy occupancy) {
        final String creator = "its creator, pid " + segment.creatorPid() + ", ";
        if (occupancy.isInUse()) {
            return "live owners of slots: " + occupancy.alive();
        }
        if (occupancy.isSupervised()) {
            return "its workers are gone, but the process that supervises its run is alive and may restart them";
        }
        if (occupancy.unseen() > 0) {
            return "owners in another pid namespace, which can't be seen from here: " + occupancy.unseen();
        }
        if (occupancy.isUnseen()) {
            return "its run's supervisor can't be seen from here";
        }
        return switch (occupancy.creator()) {
            case DEAD -> creator + "died without closing it";
            case DEAD_IN_EARLIER_BOOT -> creator + "died without closing it, before the machine was restarted";
            case REPLACED -> "the slot of " + creator + "has had another owner since";
            default -> creator + "closed it";
        };
    }

    /**
     * Removes an entry if it is dead: looks again, now under the creation lock of its name and, of a segment, with the
     * lock files of all slots held, so that no worker claims one meanwhile. Waits for no one.
     *
     * @param entry as {@link #find()} gave it
     * @param all whether KEPT and UNSEEN ones go too; of UNSEEN ones the lock files are trusted
     * @throws InvalidSegmentException if files can't be deleted
     */
    @SuppressWarnings("try") // the locks are only held
    public Outcome remove(final Entry entry, final boolean all) {
        if (!entry.condition().isRemovedBy(all)) {
            return new Outcome(entry, false);
        }
        try (CreationLock lock = lock(entry.name())) {
            return removeLocked(entry, all);
        } catch (final LockTimeoutException e) {
            return stays(entry, Condition.AT_WORK, "a process is creating or removing it");
        } catch (final InsufficientSpaceException e) {
            return removeWithoutLock(entry, all);
        }
    }

    /**
     * Not even a lock file fits. So no one begins to create a segment, and one that stands there can go; but a creator
     * that has its lock already may be at work on what is unfinished.
     */
    private Outcome removeWithoutLock(final Entry entry, final boolean all) {
        return entry.file().equals(entry.name()) && root.holds(entry.name())
                ? removeSegment(entry, all)
                : stays(entry, Condition.UNREADABLE, NO_LOCK_FILE);
    }

    private Outcome removeLocked(final Entry entry, final boolean all) {
        final boolean isSegment = entry.file().equals(entry.name());
        final Outcome outcome;
        if (!isSegment) {
            outcome = new Outcome(entry, true);
        } else if (!root.holds(entry.name())) {
            outcome = stays(entry, entry.condition(), "another process has removed it");
        } else {
            outcome = removeSegment(entry, all);
        }
        if (!isSegment) {
            root.deleteUnfinished(entry.name(), entry.file());
        }
        return outcome;
    }

    private Outcome removeSegment(final Entry entry, final boolean all) {
        final Segment segment;
        try {
            segment = SegmentOpener.open(root, entry.name(), true);
        } catch (final SegmentRemovedException e) {
            SegmentRemoval.remove(root, entry.name());
            return new Outcome(entry, true);
        } catch (final InvalidSegmentException e) {
            return new Outcome(unusable(entry.name(), root.segment(entry.name()), e), false);
        }
        final Occupancy occupancy;
        try {
            occupancy = Occupancy.of(segment);
        } catch (final InvalidSegmentException e) {
            return stays(entry, condition(e), e.getMessage()); // of a slot's lock file
        }
        final Condition condition = condition(occupancy);
        if (!condition.isRemovedBy(all)) {
            return stays(entry, condition, reason(segment, occupancy));
        }
        try (Vacancy vacancy = Vacancy.tryHold(segment).orElse(null)) {
            if (vacancy == null) {
                return stays(entry, Condition.IN_USE, "a process is claiming a slot");
            }
            SegmentRemoval.remove(root, entry.name());
            return new Outcome(entry, true);
        }
    }

    private static Outcome stays(final Entry entry, final Condition condition, final String reason) {
        return new Outcome(
                new Entry(entry.name(), entry.file(), condition, entry.sizeBytes(), entry.lastSignMs(), reason), false);
    }

    private CreationLock lock(final String name) {
        return CreationLock.acquire(root, name, WaitLimit.NONE, SystemNanoClock.INSTANCE);
    }

    private static Entry entry(final String name, final Path path, final Condition condition, final String reason) {
        long changedMs = 0;
        try {
            changedMs =
                    Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toMillis();
        } catch (final IOException e) {
            changedMs = System.currentTimeMillis(); // it goes in this moment
        }
        return new Entry(name, path.getFileName().toString(), condition, sizeBytes(path), changedMs, reason);
    }

    /**
     * Bytes of a file, or of the files of a directory; what goes meanwhile counts nothing, and neither do lock files,
     * which are empty.
     */
    private static long sizeBytes(final Path path) {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return fileBytes(path);
        }
        long bytes = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            for (final Path file : files) {
                bytes += fileBytes(file);
            }
        } catch (final IOException | DirectoryIteratorException e) {
            return bytes; // it goes at this moment, or can't be read
        }
        return bytes;
    }

    private static long fileBytes(final Path file) {
        if (file.getFileName().toString().endsWith(".lock")) {
            return 0; // its length is a mark, with a hole before it
        }
        try {
            final BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile() ? attributes.size() : 0;
        } catch (final IOException e) {
            return 0;
        }
    }
}
