package org.shmarrays.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.segment.ProcessTable;
import org.shmarrays.segment.Step;
import org.shmarrays.worker.ProcessIdentity;

/** Replaces a file at one instant: at each moment, also after a crash, there is the old one or the whole new one. */
final class DurableFile {
    private static final Duration LEFTOVER_AGE = Duration.ofHours(1);
    private static final String SUFFIX = ".part";

    private DurableFile() {}

    /** What writes the content. */
    @FunctionalInterface
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes a file beside under a temporary name, forces it to the disk, and renames it; then forces the directory. If
     * that fails, the temporary file is deleted; if the process is killed, it stays, as {@code .NAME.PID-NAMESPACE.….part}, until
     * the next file of this name is written.
     */
    static void replace(final Path file, final Content content) throws IOException {
        final Path target = file.toAbsolutePath();
        final Path directory = target.getParent();
        final String prefix = "." + target.getFileName() + ".";
        Step.F2.reached();
        deleteLeftovers(directory, prefix);
        final Path part = Files.createTempFile(
                directory,
                prefix + ProcessIdentity.current().pid() + "-"
                        + ProcessIdentity.current().pidNamespace() + ".",
                SUFFIX);
        boolean done = false;
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                Step.F6.reached();
                channel.force(true);
            }
            Step.F7.reached();
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(part);
            }
        }
        Step.F8.reached();
        forceDirectory(directory);
    }

    /**
     * Those of processes of this pid namespace that are gone; those of another one, whose processes can't be seen, an hour
     * after they were last written to.
     */
    private static void deleteLeftovers(final Path directory, final String prefix) throws IOException {
        final Pattern leftover =
                Pattern.compile(Pattern.quote(prefix) + "(\\d{1,18})-(\\d{1,18})\\.\\d+" + Pattern.quote(SUFFIX));
        final Instant old = Instant.now().minus(LEFTOVER_AGE);
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(directory)) {
            for (final Path part : parts) {
                final Matcher matcher = leftover.matcher(part.getFileName().toString());
                if (matcher.matches()
                        && (isVisible(Long.parseLong(matcher.group(2)))
                                ? ProcessTable.HERE.isGone(Long.parseLong(matcher.group(1)))
                                : Files.getLastModifiedTime(part).toInstant().isBefore(old))) {
                    Files.deleteIfExists(part);
                }
            }
        }
    }

    private static boolean isVisible(final long pidNamespace) {
        return pidNamespace == ProcessIdentity.current().pidNamespace() && ProcessTable.HERE.isTrusted();
    }

    private static void forceDirectory(final Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
