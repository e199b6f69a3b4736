package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.shmarrays.errors.InvalidSegmentException;

/** Checks that a file or directory belongs to this user alone. */
public final class Ownership {
    private static final Set<PosixFilePermission> OF_OTHERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private static final Pattern USER_NAME = Pattern.compile("[^/\\x00?]+");

    private Ownership() {}

    /**
     * Throws unless this user owns the file, it is no link, and no other user may write to it; never where the file
     * system knows no owners.
     *
     * @throws InvalidSegmentException otherwise
     */
    static void check(final Path path) {
        check(path, false);
    }

    /** {@link #check(Path)}, but, if {@code foreign}, whoever owns it. */
    static void check(final Path path, final boolean foreign) {
        check(path, owner -> foreign || isOwn(owner));
    }

    /** As {@link #check(Path, boolean)}, but others may be allowed to write to it. */
    static void checkOwner(final Path path, final boolean foreign) {
        refuse(path, objectionToOwner(path, attributes(path), owner -> foreign || isOwn(owner)));
    }

    /** {@link #check(Path)} of a file in a directory that was checked: it may also belong to the directory's owner. */
    static void checkInside(final Path path) {
        check(path, owner -> isOwn(owner) || owner.equals(ownerOf(path.getParent())));
    }

    /**
     * Gives a file to the owner of its directory, who else could not use what this process has made there. Only root
     * comes to where it is another one.
     */
    static void handOver(final Path path) throws IOException {
        try {
            final UserPrincipal owner = Files.getOwner(path.getParent(), LinkOption.NOFOLLOW_LINKS);
            if (!owner.equals(Files.getOwner(path, LinkOption.NOFOLLOW_LINKS))) {
                Files.setOwner(path, owner);
            }
        } catch (final NoSuchFileException e) {
            // Another process has removed the file or the segment meanwhile: it is not needed.
        }
    }

    private static void check(final Path path, final Predicate<UserPrincipal> mayOwn) {
        final PosixFileAttributes attributes = attributes(path);
        final Optional<String> objection = objectionToOwner(path, attributes, mayOwn);
        refuse(path, objection.isPresent() ? objection : objectionToPermissions(path, attributes));
    }

    private static Optional<String> objectionToOwner(
            final Path path, final PosixFileAttributes attributes, final Predicate<UserPrincipal> mayOwn) {
        if (attributes.isSymbolicLink()) {
            return Optional.of("symbolic links are not followed: file=" + path);
        }
        if (!mayOwn.test(attributes.owner())) {
            return Optional.of("it belongs to another user: file=" + path + ", owner="
                    + attributes.owner().getName() + ", user=" + userName()
                    + "; if this is intended, set -Dshmarrays.foreign.owner=true");
        }
        return Optional.empty();
    }

    private static Optional<String> objectionToPermissions(final Path path, final PosixFileAttributes attributes) {
        return OF_OTHERS.stream()
                .filter(attributes.permissions()::contains)
                .findFirst()
                .map(permission -> "other users may write to it: file=" + path + ", permission=" + permission
                        + "; run `chmod go-w` on it");
    }

    /** Only now asks for the file system, which takes a list of all mounts. */
    private static void refuse(final Path path, final Optional<String> objection) {
        if (objection.isPresent() && isKnownIn(path)) {
            throw new InvalidSegmentException(objection.get());
        }
    }

    /** Made up by the kernel where the file system knows no owners. */
    private static PosixFileAttributes attributes(final Path path) {
        try {
            return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot access a file of the segment: file=" + path + ", " + e, e);
        }
    }

    /** True if the file system of a file knows owners and permissions. */
    static boolean isKnownIn(final Path path) {
        try {
            return Files.getFileStore(path).supportsFileAttributeView("posix");
        } catch (final IOException e) {
            // The mount is not in /proc/self/mounts, as after chroot: every file system of Linux but FAT knows them.
            return path.getFileSystem().supportedFileAttributeViews().contains("posix");
        }
    }

    /**
     * The name of this process's user, or the user's number where there is no name: the JVM then has "?" for every such
     * user. Other names that can't be part of a file's name count as none.
     */
    public static String userName() {
        final String name = System.getProperty("user.name", "");
        if (USER_NAME.matcher(name).matches()) {
            return name;
        }
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
        } catch (final IOException | UnsupportedOperationException | IllegalArgumentException e) {
            throw new InvalidSegmentException(
                    "this user has neither a name nor a numeric id: user.name=" + name
                            + "; name a directory with -Dshmarrays.directory=DIR",
                    e);
        }
    }

    private static UserPrincipal ownerOf(final Path path) {
        try {
            return Files.getOwner(path, LinkOption.NOFOLLOW_LINKS);
        } catch (final IOException e) {
            throw new InvalidSegmentException(
                    "cannot access a directory of the segment: directory=" + path + ", " + e, e);
        }
    }

    /** In a container the user often has no name, only a number: so the owner of this very process is asked for. */
    private static boolean isOwn(final UserPrincipal owner) {
        try {
            return owner.equals(Files.getOwner(Path.of("/proc/self")));
        } catch (final IOException e) {
            return owner.getName().equals(System.getProperty("user.name"));
        }
    }
}
