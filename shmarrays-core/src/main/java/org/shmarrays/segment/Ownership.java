package org.shmarrays.segment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/** Looks whether a file or directory belongs to this user and to nobody else. */
final class Ownership {
    private static final Set<PosixFilePermission> OF_OTHERS =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private Ownership() {}

    /**
     * Returns if this user owns the file, it is no link, and nobody else may write to it; always where the file system
     * knows no owners.
     *
     * @throws InvalidSegmentException otherwise
     */
    static void check(final Path path) {
        final PosixFileAttributes attributes;
        try {
            if (!Files.getFileStore(path).supportsFileAttributeView("posix")) {
                return;
            }
            attributes = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot look at a file of the segment: file=" + path, e);
        }
        if (attributes.isSymbolicLink()) {
            throw new InvalidSegmentException("symbolic links are not followed: file=" + path);
        }
        if (!isOwn(attributes.owner())) {
            throw new InvalidSegmentException("it belongs to another user: file=" + path + ", owner="
                    + attributes.owner().getName() + ", user=" + System.getProperty("user.name"));
        }
        for (final PosixFilePermission permission : OF_OTHERS) {
            if (attributes.permissions().contains(permission)) {
                throw new InvalidSegmentException(
                        "others may write to it: file=" + path + ", permission=" + permission + "; chmod go-w it");
            }
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
