package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.layout.Names;

/**
 * The directory in which a user's segments stand, each a directory of its own. Names that begin with '.' are passing
 * states: segments being built or removed, and locks of creators.
 */
public final class SegmentRoot {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private static final String CREATING = ".creating-";
    private static final String REMOVED = ".removed-";

    private final Path directory;
    private final boolean foreignOwner;

    /**
     * Any local directory; it need not be there yet.
     *
     * @throws IllegalArgumentException if the path is empty, which would mean the working directory
     */
    public SegmentRoot(final Path directory) {
        this(directory, false);
    }

    private SegmentRoot(final Path directory, final boolean foreignOwner) {
        if (directory.toString().isBlank()) {
            throw new IllegalArgumentException(
                    "the path of the segment directory is empty: shmarrays.directory=\"\"; set a path, or omit the"
                            + " property");
        }
        this.directory = directory.toAbsolutePath();
        this.foreignOwner = foreignOwner;
    }

    /** The same directory; whether it, and segments in it that are attached to, may belong to another user. */
    public SegmentRoot withForeignOwner(final boolean allowed) {
        return new SegmentRoot(directory, allowed);
    }

    public boolean allowsForeignOwner() {
        return foreignOwner;
    }

    /**
     * {@code /dev/shm/shmarrays-USER}, or the same in the temporary directory where there is no {@code /dev/shm}. USER
     * is the user's name, or the number of the user where there is no name, as in containers.
     */
    public static SegmentRoot ofUser() {
        final Path shm = Path.of("/dev/shm");
        final Path parent =
                Files.isDirectory(shm) && Files.isWritable(shm) ? shm : Path.of(System.getProperty("java.io.tmpdir"));
        return new SegmentRoot(parent.resolve("shmarrays-" + Ownership.userName()));
    }

    public Path directory() {
        return directory;
    }

    /** The directory of a segment, be it there or not. */
    public Path segment(final String name) {
        return directory.resolve(Names.checkSegmentName(name));
    }

    /** True if a segment of this name stands there, whole or not. */
    public boolean holds(final String name) {
        return Files.isDirectory(segment(name), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * What keeps the directory of this name from being removed as a segment, in words: that it holds what this library
     * did not make. Nothing if it can be removed, or there is none.
     */
    public Optional<String> foreignContent(final String name) {
        return SegmentTree.foreignContent(segment(name));
    }

    /** The same of what {@link #hasUnfinished} has found, by its file's name. */
    public Optional<String> foreignContentOfUnfinished(final String file) {
        return SegmentTree.foreignContent(directory.resolve(file));
    }

    /** Names of the segments, sorted; other directories are left out. */
    public List<String> names() {
        final List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (final Path entry : entries) {
                final String name = entry.getFileName().toString();
                if (!name.startsWith(".")
                        && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                        && Files.exists(new SegmentFiles(entry).control(), LinkOption.NOFOLLOW_LINKS)) {
                    names.add(name);
                }
            }
        } catch (final NoSuchFileException e) {
            return List.of();
        } catch (final IOException | DirectoryIteratorException e) {
            throw new InvalidSegmentException("cannot list the segments: directory=" + directory + ", " + e, e);
        }
        Collections.sort(names);
        return names;
    }

    /**
     * Makes the directory where it lacks, for its owner alone.
     *
     * @throws InvalidSegmentException if another user owns it, or others may write to it
     */
    void prepare() {
        try {
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                createDirectories();
            }
        } catch (final IOException e) {
            throw new InvalidSegmentException(
                    "cannot create the directory of the segments: directory=" + directory + ", " + e, e);
        }
        Ownership.check(directory);
    }

    private void createDirectories() throws IOException {
        Files.createDirectories(directory.getParent());
        try {
            if (Ownership.isKnownIn(directory.getParent())) {
                Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            } else {
                Files.createDirectory(directory);
            }
        } catch (final FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
        }
    }

    /** Makes a directory for a segment that is being built. */
    Path createBuildingDirectory(final String name) throws IOException {
        prepare();
        return Files.createTempDirectory(directory, CREATING + name + "-");
    }

    /** True if there is what creators or removers of this name have not finished, be they at work or dead. */
    public boolean hasUnfinished(final String name) {
        return !unfinished(name).isEmpty();
    }

    /** Deletes what creators and removers of this name left who died; for the holder of its {@link CreationLock}. */
    public void deleteUnfinished(final String name) {
        deleteUnfinished(name, entry -> true);
    }

    /** Deletes one of them alone, by its file's name; for the holder of its {@link CreationLock}. */
    public void deleteUnfinished(final String name, final String file) {
        deleteUnfinished(name, entry -> entry.getFileName().toString().equals(file));
    }

    private void deleteUnfinished(final String name, final Predicate<Path> wanted) {
        for (final Path entry : unfinished(name)) {
            if (wanted.test(entry)) {
                try {
                    SegmentTree.delete(entry);
                } catch (final IOException e) {
                    throw new InvalidSegmentException(
                            "cannot delete an unfinished segment: name=" + name + ", " + e, e);
                }
            }
        }
    }

    private List<Path> unfinished(final String name) {
        final Pattern unfinished = Pattern.compile("(" + Pattern.quote(CREATING) + "|" + Pattern.quote(REMOVED) + ")"
                + Pattern.quote(name) + "-[0-9a-z]+");
        final List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                directory,
                entry -> unfinished.matcher(entry.getFileName().toString()).matches())) {
            entries.forEach(found::add);
            return found;
        } catch (final NoSuchFileException e) {
            return List.of();
        } catch (final IOException | DirectoryIteratorException e) {
            throw new InvalidSegmentException("cannot list unfinished segments: name=" + name + ", " + e, e);
        }
    }

    /** Renames the segment, so that no process can attach any more, then deletes it. */
    void removeTree(final String name) {
        final Path hidden = directory.resolve(REMOVED + name + "-" + Long.toUnsignedString(System.nanoTime(), 36));
        try {
            Step.RM3.reached();
            Files.move(segment(name), hidden);
            Step.RM4.reached();
            SegmentTree.delete(hidden);
        } catch (final NoSuchFileException e) {
            throw new SegmentNotFoundException("segment not found: name=" + name + ", directory=" + directory);
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot remove the segment: name=" + name + ", " + e, e);
        }
    }
}
