package org.shmarrays.internal.segment;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.internal.layout.ControlHeader;

/**
 * Deletes the directory of a segment, and nothing else: only regular files go whose names are those of a segment's
 * files, and only if the magic of the control file, or a uid at the start of the others, shows that a segment it is. A
 * directory that holds anything else is left as it is, all of it. Links are never followed.
 */
final class SegmentTree {
    private static final byte[] MAGIC = ControlHeader.magic();
    private static final int UID_LENGTH = 2 * Long.BYTES;
    private static final int RANDOM_VERSION = 4;
    private static final int RFC_VARIANT = 2;

    /** Each attacher that arrives in between makes one file, or two, and then sees that the segment was removed. */
    private static final int DELETE_ATTEMPTS = 10;

    private SegmentTree() {}

    /**
     * Throws unless the directory may be deleted.
     *
     * @throws InvalidSegmentException if it holds what this library did not make; the message names it
     */
    static void checkDeletable(final Path directory) {
        foreignContent(directory).ifPresent(content -> {
            throw new InvalidSegmentException("not deleted, because it is not only a segment: directory=" + directory
                    + ", " + content + "; move away what you need, and delete the rest by hand");
        });
    }

    /**
     * What keeps a directory from being deleted, in words; nothing if it may go. Passing directories, whose names begin
     * with '.', may be empty or hold nothing but zeros.
     */
    static Optional<String> foreignContent(final Path directory) {
        try {
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                return Files.exists(directory, LinkOption.NOFOLLOW_LINKS)
                        ? Optional.of("it is not a directory")
                        : Optional.empty();
            }
            final List<Path> files = new ArrayList<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                for (final Path entry : entries) {
                    if (!SegmentFiles.isFileName(entry.getFileName().toString())) {
                        return Optional.of(
                                "it holds \"" + entry.getFileName() + "\", which is not a file of a segment");
                    }
                    if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                        files.add(entry);
                    } else if (Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
                        return Optional.of("it holds \"" + entry.getFileName() + "\", which is not a regular file");
                    }
                }
            }
            return doubt(directory, files);
        } catch (final DirectoryIteratorException e) {
            return Optional.of("its content can't be read: " + e.getCause());
        } catch (final IOException e) {
            return Optional.of("its content can't be read: " + e);
        }
    }

    /** Names alone prove little: a user may well have a {@code data-0.dat}. */
    private static Optional<String> doubt(final Path directory, final List<Path> files) throws IOException {
        final Path control = new SegmentFiles(directory).control();
        final byte[] magic = files.contains(control) ? start(control, MAGIC.length) : new byte[0];
        if (Arrays.equals(magic, MAGIC)) {
            return Optional.empty();
        }
        // It may be cut off, or not yet written.
        final boolean mayBeMagic = isZero(magic) || Arrays.equals(magic, Arrays.copyOf(MAGIC, magic.length));
        String doubtful = mayBeMagic ? null : SegmentFiles.CONTROL;
        byte[] uid = null;
        for (final Path file : files) {
            final String name = file.getFileName().toString();
            if (SegmentFiles.isLock(name)) {
                // Not opened: to close a handle of it would drop this process's lock on it.
                doubtful = file.toFile().length() == 0 ? doubtful : name;
            } else if (!file.equals(control)) {
                final byte[] start = start(file, UID_LENGTH);
                if (isUid(start) && (uid == null || Arrays.equals(uid, start))) {
                    uid = start;
                } else if (!isZero(start)) {
                    return Optional.of(noProof(name));
                }
            }
        }
        final boolean isPassing = directory.getFileName().toString().startsWith(".");
        if (uid != null || doubtful == null && (isPassing || files.contains(control))) {
            return Optional.empty();
        }
        if (files.isEmpty()) {
            return Optional.of("it is empty, and nothing shows that it was a segment");
        }
        return Optional.of(noProof(doubtful == null ? files.get(0).getFileName().toString() : doubtful));
    }

    private static String noProof(final String name) {
        return "nothing shows that \"" + name + "\" belongs to a segment";
    }

    /** The first bytes of a file, at most {@code length}; fewer if it is shorter, none if it has gone. */
    private static byte[] start(final Path file, final int length) throws IOException {
        try (InputStream in = new FileInputStream(file.toFile())) { // which no interrupt closes
            return in.readNBytes(length);
        } catch (final FileNotFoundException e) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            return new byte[0];
        }
    }

    private static boolean isZero(final byte[] bytes) {
        for (final byte each : bytes) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    /** True of a random UUID (RFC 4122, section 4.4), its two halves in the native byte order. */
    private static boolean isUid(final byte[] bytes) {
        if (bytes.length < UID_LENGTH) {
            return false;
        }
        final ByteBuffer halves = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        final UUID uid = new UUID(halves.getLong(), halves.getLong());
        return uid.version() == RANDOM_VERSION && uid.variant() == RFC_VARIANT;
    }

    /**
     * Deletes a directory and the files in it. An attacher may make one more file in it, though it has another name by
     * now: then it is gone through once more.
     *
     * @throws InvalidSegmentException if it holds what this library did not make; nothing was deleted then, unless that
     *     has come meanwhile
     */
    static void delete(final Path directory) throws IOException {
        for (int attempt = 1; Files.exists(directory, LinkOption.NOFOLLOW_LINKS); attempt++) {
            checkDeletable(directory);
            try {
                deleteOnce(directory);
            } catch (final DirectoryNotEmptyException e) {
                if (attempt == DELETE_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static void deleteOnce(final Path directory) throws IOException {
        final SegmentFiles files = new SegmentFiles(directory);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (final Path entry : entries) {
                if (SegmentFiles.isFileName(entry.getFileName().toString()) && !entry.equals(files.control())) {
                    Files.deleteIfExists(entry);
                }
            }
        } catch (final NoSuchFileException e) {
            return;
        } catch (final DirectoryIteratorException e) {
            throw e.getCause();
        }
        Files.deleteIfExists(files.control()); // last: until then it tells what the directory is
        Files.deleteIfExists(directory);
    }
}
