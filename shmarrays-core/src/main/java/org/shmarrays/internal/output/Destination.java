package org.shmarrays.internal.output;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
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
public record Destination(Path path, Kind kind) {
    /** As Linux: path_resolution(7). */
    private static final int MOST_LINKS = 40;

    private static final int BUFFER_LENGTH = 1 << 16;

    private static final Pattern DESCRIPTORS = Pattern.compile("/proc/(\\d+)(/task/\\d+)?/fd");

    private enum Kind {
        /** A regular file, or nothing yet. */
        FILE,
        /** A device, a pipe, or a descriptor of some process. */
        STREAM,
        STANDARD_OUTPUT,
        STANDARD_ERROR
    }

    /**
     * Follows links to their end.
     *
     * @throws IOException if they have no end, or lead to a directory, or into one that is not there
     */
    public static Destination of(final Path file) throws IOException {
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
                        path, isOwn ? kindOfOwn(path.getFileName().toString()) : Kind.STREAM);
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

    private static Kind kindOfOwn(final String descriptor) {
        return switch (descriptor) {
            case "1" -> Kind.STANDARD_OUTPUT;
            case "2" -> Kind.STANDARD_ERROR;
            default -> Kind.STREAM;
        };
    }

    public boolean isStream() {
        return kind != Kind.FILE;
    }

    /** True if it is standard output or standard error, which need not be opened. */
    public boolean isStandard() {
        return isStandardOutput() || kind == Kind.STANDARD_ERROR;
    }

    public boolean isStandardOutput() {
        return kind == Kind.STANDARD_OUTPUT;
    }

    /** Writes the whole of a file to the stream; returns its length. */
    public long write(final FileChannel content) throws IOException {
        if (isStandard()) {
            // Not opened again: who shares the descriptor goes on writing where its offset is.
            final PrintStream stream = isStandardOutput() ? System.out : System.err;
            final long length = copy(content, Channels.newChannel(stream));
            if (stream.checkError()) {
                throw new IOException("write error");
            }
            return length;
        }
        // Another descriptor is opened again. Of a regular file that begins at its start, over what is there.
        final StandardOpenOption option =
                Files.isRegularFile(path) ? StandardOpenOption.APPEND : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(path, option)) {
            return copy(content, channel);
        }
    }

    /** Copies the whole of a file to where a channel is. */
    public static long copy(final FileChannel from, final WritableByteChannel to) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_LENGTH);
        long at = 0;
        while (from.read(buffer.clear(), at) > 0) {
            at += buffer.flip().remaining();
            while (buffer.hasRemaining()) {
                to.write(buffer);
            }
        }
        return at;
    }
}
