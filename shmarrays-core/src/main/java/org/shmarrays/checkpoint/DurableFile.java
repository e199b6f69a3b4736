package org.shmarrays.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Replaces a file at one instant: at each moment, also after a crash, there is the old one or the whole new one. */
final class DurableFile {
    private static final String SUFFIX = ".part";

    private DurableFile() {}

    /** What writes the content. */
    @FunctionalInterface
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes a file beside under a temporary name, forces it to the disk, and renames it; then forces the directory. If
     * that fails, the temporary file is deleted; if the process is killed, it stays, as {@code .NAME.PID.….part}, until the
     * next file of this name is written.
     */
    static void replace(final Path file, final Content content) throws IOException {
        final Path target = file.toAbsolutePath();
        final Path directory = target.getParent();
        final String prefix = "." + target.getFileName() + ".";
        deleteLeftovers(directory, prefix);
        final Path part =
                Files.createTempFile(directory, prefix + ProcessHandle.current().pid() + ".", SUFFIX);
        boolean done = false;
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(part);
            }
        }
        forceDirectory(directory);
    }

    /** Those of processes that are gone. One of another pid namespace may be taken for gone; its writer gets an error. */
    private static void deleteLeftovers(final Path directory, final String prefix) throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(
                directory,
                path -> path.getFileName().toString().startsWith(prefix)
                        && path.getFileName().toString().endsWith(SUFFIX))) {
            for (final Path part : parts) {
                final String pid =
                        part.getFileName().toString().substring(prefix.length()).split("\\.")[0];
                if (pid.matches("\\d{1,18}")
                        && ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
                    Files.deleteIfExists(part);
                }
            }
        }
    }

    private static void forceDirectory(final Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
