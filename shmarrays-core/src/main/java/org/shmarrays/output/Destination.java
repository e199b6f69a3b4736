package org.shmarrays.output;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a path that a user has named leads to.
 *
 * @param path what symbolic links lead to in the end, be it there or not; of a descriptor its name in {@code /proc}
 * @param kind what it is
 */
record Destination(Path path, Kind kind) {
    /** As Linux: path_resolution(7). */
    private static final int MOST_LINKS = 40;

    private static final Pattern DESCRIPTORS = Pattern.compile("/proc/(\\d+)(/task/\\d+)?/fd");

    private enum Kind {
        /** A regular file, or nothing yet. */
        FILE,
        /** A device, a pipe, or a descriptor of some process. */
        STREAM,
        STANDARD_OUTPUT
    }

    /**
     * Follows links to their end.
     *
     * @throws IOException if they have no end, or lead to a directory, or into one that is not there
     */
    static Destination of(final Path file) throws IOException {
        Path path = file.toAbsolutePath();
        for (int links = 0; ; links++) {
            if (path.getFileName() == null) {
                throw new FileSystemException(file.toString(), null, "it is a directory");
            }
            final Matcher descriptor = descriptor(path);
            if (descriptor != null) {
                final boolean isOwn = descriptor
                        .group(1)
                        .equals(Long.toString(ProcessHandle.current().pid()));
                return new Destination(
                        path, isOwn && path.getFileName().toString().equals("1") ? Kind.STANDARD_OUTPUT : Kind.STREAM);
            }
            if (!Files.isSymbolicLink(path)) {
                break;
            }
            if (links == MOST_LINKS) {
                throw new FileSystemLoopException(file.toString());
            }
            path = path.resolveSibling(Files.readSymbolicLink(path));
        }
        if (Files.isDirectory(path)) {
            throw new FileSystemException(file.toString(), null, "it is a directory");
        }
        if (!Files.isDirectory(path.getParent())) {
            throw new NoSuchFileException(file.toString(), null, "there is no directory " + path.getParent());
        }
        final boolean isStream = Files.exists(path)
                && Files.readAttributes(path, BasicFileAttributes.class).isOther();
        return new Destination(path, isStream ? Kind.STREAM : Kind.FILE);
    }

    /** The match of its directory if the path is that of a process's descriptor, else null. */
    private static Matcher descriptor(final Path path) {
        try {
            final Matcher matcher =
                    DESCRIPTORS.matcher(path.getParent().toRealPath().toString());
            return matcher.matches() ? matcher : null;
        } catch (final IOException e) {
            return null;
        }
    }

    boolean isStream() {
        return kind != Kind.FILE;
    }

    boolean isStandard() {
        return kind == Kind.STANDARD_OUTPUT;
    }

    /** Writes the whole of a file to the stream; returns its length. */
    long write(final FileChannel content) throws IOException {
        if (isStandard()) {
            // Not opened again, because that would begin at the start of a file that others have appended to.
            final long length = DurableFile.copy(content, Channels.newChannel(System.out));
            if (System.out.checkError()) {
                throw new IOException("write error");
            }
            return length;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            return DurableFile.copy(content, channel);
        }
    }
}
