package org.shmarrays.internal.output;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Mode, owner and group of a file that another one takes the place of. */
public record FileOwnership(int mode, int uid, int gid) {
    private static final int PERMISSIONS = 07777;
    private static final int GROUP = 070;
    private static final int GROUP_SHIFT = 3;
    private static final Set<StandardOpenOption> OPTIONS =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);

    /**
     * Those of a file; nothing if there is none, or the file system doesn't know such.
     *
     * @throws AccessDeniedException if the file is protected against writing
     */
    public static Optional<FileOwnership> of(final Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        if (!Files.isWritable(file)) {
            throw new AccessDeniedException(file.toString(), null, "it is write-protected");
        }
        if (!isKnownTo(file)) {
            return Optional.empty();
        }
        final Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,uid,gid,nlink");
        if ((Integer) attributes.get("nlink") > 1) {
            System.getLogger(FileOwnership.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "the file has other names (hard links), which keep its old content: file=" + file);
        }
        return Optional.of(new FileOwnership(
                (Integer) attributes.get("mode") & PERMISSIONS, (Integer) attributes.get("uid"), (Integer)
                        attributes.get("gid")));
    }

    private static boolean isKnownTo(final Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    /** Makes a file that is to take the place of an old one, or that is new. */
    public static FileChannel create(final Path file, final Optional<FileOwnership> old) throws IOException {
        if (old.isEmpty()) {
            return FileChannel.open(file, OPTIONS); // with the mode that the umask leaves
        }
        final FileChannel channel = FileChannel.open(
                file, OPTIONS, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            old.get().giveTo(file);
            return channel;
        } catch (final IOException e) {
            try (channel) {
                Files.deleteIfExists(file);
            }
            throw e;
        }
    }

    /**
     * The owner can be kept by root alone, the group by its members. Without the group its rights are those of all
     * others.
     */
    private void giveTo(final Path file) throws IOException {
        final Map<String, Object> attributes = Files.readAttributes(file, "unix:uid,gid");
        if (!attributes.get("uid").equals(uid)) {
            set(file, "unix:uid", uid);
        }
        final boolean hasGroup = attributes.get("gid").equals(gid) || set(file, "unix:gid", gid);
        final int ofOthers = mode << GROUP_SHIFT & GROUP;
        Files.setAttribute(file, "unix:mode", hasGroup ? mode : mode & ~GROUP | mode & ofOthers);
    }

    private static boolean set(final Path file, final String attribute, final int value) {
        try {
            Files.setAttribute(file, attribute, value);
            return true;
        } catch (final IOException e) {
            return false; // it is not allowed
        }
    }
}
