package org.shmarrays.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.shmarrays.internal.output.Destination;
import org.shmarrays.internal.output.FileOwnership;
import org.shmarrays.internal.output.IoFailure;
import org.shmarrays.internal.segment.Interruption;
import org.shmarrays.internal.segment.ProcessTable;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.internal.worker.ProcessIdentity;

// Over 300 lines: all the ways in which one file can be replaced, which share their checks.
/**
 * Writes a file that a user has named: at each moment, also after a crash, there is the old one or the whole new one.
 *
 * <p>A regular file, and one that is not there yet, is written beside under a temporary name and renamed. A symbolic
 * link stays, and what it names at its end is replaced. The new file has the mode, the group and, where that is
 * allowed, the owner of the old one, or those that any new file gets; further hard links of the old one keep the old
 * content. A file whose directory doesn't allow that, but which can be written to, is overwritten where it is, once the
 * room for it is there. Devices, pipes and descriptors such as {@code /dev/stdout} are written to and stay what they
 * are. For any thread.
 */
public final class DurableFile {
    private static final Duration LEFTOVER_AGE = Duration.ofHours(1);
    private static final String SUFFIX = ".part";
    private static final int HEXADECIMAL = 16;
    private static final long UNKNOWN = 0;

    /** A temporary name has at most 143 bytes, the least that a common file system allows (eCryptfs). */
    private static final int LONGEST_SHOWN_NAME = 40;

    private static final int BUFFER_LENGTH = 1 << 16;

    private DurableFile() {}

    /** What writes the content. */
    @FunctionalInterface
    public interface Content {
        /** Writes to a new file, at any position; again to another one if an interrupt has closed it. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Replaces the file's content by a text in UTF-8.
     *
     * @throws IOException if that fails; an old file is as it was then
     */
    public static void replace(final Path file, final String text) throws IOException {
        final ByteBuffer bytes = UTF_8.encode(text);
        replace(file, channel -> {
            final ByteBuffer rest = bytes.duplicate();
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        });
    }

    /**
     * Replaces the file's content. If the process is killed meanwhile, its temporary file stays, as
     * {@code .NAME.PID-NAMESPACE-BOOT.….part}, until the next file of this name is written.
     *
     * @return bytes written
     * @throws IOException if that fails; an old file is as it was then, and no other is left
     */
    public static long replace(final Path file, final Content content) throws IOException {
        final Destination destination = Destination.of(file);
        if (destination.isStream()) {
            // What a stream has got can't be taken back, so an interrupt while it is written to ends that.
            return Interruption.suspend(() -> {
                try (FileChannel spool = spool()) {
                    content.writeTo(spool);
                    return destination.write(spool);
                }
            });
        }
        final Path target = destination.path();
        return Interruption.defer(() -> {
            if (Files.exists(target) && !Files.isWritable(target.getParent())) {
                try (FileChannel spool = spool()) {
                    content.writeTo(spool);
                    return overwrite(target, spool);
                }
            }
            return replaceRegular(target, content);
        });
    }

    /** What an exception says of a file, in words and without the file's name: {@code No space left on device}. */
    public static String reason(final IOException e) {
        return IoFailure.describe(e);
    }

    /** Why a file can't be written, as the end of a sentence; nothing if it seems that it can. Nothing is changed. */
    public static Optional<String> obstacle(final Path file) {
        try {
            final Destination destination = Destination.of(file);
            final Path path = destination.path();
            if (Files.exists(path)) {
                return destination.isStandard() || Files.isWritable(path)
                        ? Optional.empty()
                        : Optional.of("it can't be written to");
            }
            return Files.isWritable(path.getParent())
                    ? Optional.empty()
                    : Optional.of("its directory can't be written to");
        } catch (final IOException e) {
            return Optional.of(IoFailure.describe(e));
        }
    }

    /**
     * The regular file that is replaced in the end, when links have been followed, be it there or not; null where a
     * device, a pipe or a descriptor is written to.
     *
     * @throws IOException if the path leads nowhere
     */
    public static Path target(final Path file) throws IOException {
        final Destination destination = Destination.of(file);
        return destination.isStream() ? null : destination.path();
    }

    /**
     * Gives a file another name, which is on the disk when this returns. A file of that name is replaced.
     *
     * @param target in the same directory
     * @throws IOException if that fails; both names are as before then
     */
    public static void rename(final Path file, final String target) throws IOException {
        final Path directory = file.toAbsolutePath().getParent();
        Files.move(
                file, directory.resolve(target), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceDirectory(directory);
    }

    private static long replaceRegular(final Path target, final Content content) throws IOException {
        final Path directory = target.getParent();
        final String prefix = "." + shortened(target.getFileName().toString()) + ".";
        Step.F2.reached();
        deleteLeftovers(directory, prefix);
        final Optional<FileOwnership> old = FileOwnership.of(target);
        final ProcessIdentity self = ProcessIdentity.current();
        final Path part = directory.resolve(prefix + self.pid() + "-" + self.pidNamespace() + "-"
                + Long.toHexString(self.bootId()) + "."
                + ThreadLocalRandom.current().nextLong(Long.MAX_VALUE) + SUFFIX);
        boolean done = false;
        try (FileChannel channel = FileOwnership.create(part, old)) {
            content.writeTo(channel);
            Step.F6.reached();
            channel.force(true);
            Step.F7.reached();
            done = takesPlace(part, target);
            if (!done) {
                overwrite(target, channel);
            }
            Step.F8.reached();
            forceDirectory(directory);
            return channel.size();
        } finally {
            if (!done) {
                Files.deleteIfExists(part);
            }
        }
    }

    /**
     * False if an old file can't be replaced: it is a mount of its own, or another user's in a directory like
     * {@code /tmp}.
     */
    private static boolean takesPlace(final Path part, final Path target) throws IOException {
        try {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (final FileSystemException e) {
            if (Files.isRegularFile(target) && Files.isWritable(target)) {
                return false;
            }
            throw e;
        }
    }

    /** Has the file's room first, so that a full disk leaves its old content. */
    private static long overwrite(final Path target, final FileChannel content) throws IOException {
        try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
            final long oldLength = channel.size();
            final long length = content.size();
            final ByteBuffer zeros = ByteBuffer.allocate(BUFFER_LENGTH);
            try {
                for (long at = oldLength; at < length; ) {
                    at += channel.write(zeros.clear().limit((int) Math.min(BUFFER_LENGTH, length - at)), at);
                }
                channel.force(true);
            } catch (final IOException e) {
                channel.truncate(oldLength);
                throw e;
            }
            Destination.copy(content, channel);
            channel.truncate(length);
            channel.force(true);
            return length;
        }
    }

    /** A file in the temporary directory that goes with its handle. */
    private static FileChannel spool() throws IOException {
        return FileChannel.open(
                Files.createTempFile("shmarrays-", SUFFIX),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    /**
     * A name, or the start of a long one and its CRC-32, so that the temporary name is no longer than any file system
     * allows.
     */
    private static String shortened(final String name) {
        if (name.getBytes(UTF_8).length <= LONGEST_SHOWN_NAME) {
            return name;
        }
        final CRC32 crc = new CRC32();
        crc.update(name.getBytes(UTF_8));
        int end = 0;
        while (name.substring(0, name.offsetByCodePoints(end, 1)).getBytes(UTF_8).length <= LONGEST_SHOWN_NAME) {
            end = name.offsetByCodePoints(end, 1);
        }
        return name.substring(0, end) + "~" + Long.toHexString(crc.getValue());
    }

    /** One that can't be deleted is no obstacle to writing. */
    private static void deleteLeftovers(final Path directory, final String prefix) throws IOException {
        final Pattern leftover = Pattern.compile(
                Pattern.quote(prefix) + "(\\d{1,18})-(\\d{1,18})-([0-9a-f]{1,16})\\.\\d+" + Pattern.quote(SUFFIX));
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(directory)) {
            for (final Path part : parts) {
                final Matcher name = leftover.matcher(part.getFileName().toString());
                if (name.matches()) {
                    final ProcessIdentity writer = new ProcessIdentity(
                            Long.parseLong(name.group(1)),
                            UNKNOWN,
                            Long.parseUnsignedLong(name.group(3), HEXADECIMAL),
                            Long.parseLong(name.group(2)));
                    deleteLeftover(part, writer);
                }
            }
        } catch (final AccessDeniedException | DirectoryIteratorException e) {
            return; // one may make files in it, and not list them
        } catch (final NotDirectoryException e) {
            throw new NoSuchFileException(directory.toString(), null, "not a directory");
        }
    }

    /**
     * That of a process that can be seen if it is gone; that of another host or pid namespace, or of an earlier boot,
     * an hour after it was last written to.
     */
    private static void deleteLeftover(final Path part, final ProcessIdentity writer) {
        try {
            if (Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)
                    && (writer.bootId() != UNKNOWN && writer.isVisible()
                            ? ProcessTable.HERE.isGone(writer.pid())
                            : Files.getLastModifiedTime(part)
                                    .toInstant()
                                    .isBefore(Instant.now().minus(LEFTOVER_AGE)))) {
                Files.deleteIfExists(part);
            }
        } catch (final IOException e) {
            // It is another user's in a directory like /tmp, or another process has deleted it.
        }
    }

    private static void forceDirectory(final Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (final AccessDeniedException e) {
                return; // it can't be opened; the file itself is on the disk
            }
        }
    }
}
