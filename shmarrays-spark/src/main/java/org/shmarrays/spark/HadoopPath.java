package org.shmarrays.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A file or directory of a file system of Hadoop, for the driver and the executors.
 *
 * @param name with scheme and host
 */
record HadoopPath(String name, SerializableConfiguration configuration) implements Serializable {
    private static final String PART = ".part";

    /**
     * A path by the settings of an application.
     *
     * @param name without a scheme it is in the default file system
     */
    static HadoopPath of(final String name, final Configuration settings) throws IOException {
        final Path path = new Path(name);
        return new HadoopPath(
                path.getFileSystem(settings).makeQualified(path).toString(), new SerializableConfiguration(settings));
    }

    HadoopPath resolve(final String child) {
        return new HadoopPath(new Path(path(), child).toString(), configuration);
    }

    /** The directory in which it is. */
    HadoopPath parent() {
        return new HadoopPath(path().getParent().toString(), configuration);
    }

    /** The last part of the name. */
    String fileName() {
        return path().getName();
    }

    private Path path() {
        return new Path(name);
    }

    /** Local files have no checksum file beside them, which could not be replaced in the same instant. */
    private FileSystem fileSystem() throws IOException {
        final FileSystem files = path().getFileSystem(configuration.value());
        return files instanceof LocalFileSystem local ? local.getRaw() : files;
    }

    /** The same file as one of this machine; empty if it is elsewhere. */
    Optional<java.nio.file.Path> local() {
        final URI uri = path().toUri();
        return "file".equals(uri.getScheme()) ? Optional.of(java.nio.file.Path.of(uri.getPath())) : Optional.empty();
    }

    boolean isFile() throws IOException {
        return lengthBytes() >= 0;
    }

    /** Length of the file, or -1 if there is none. */
    long lengthBytes() throws IOException {
        try {
            final FileStatus status = fileSystem().getFileStatus(path());
            return status.isFile() ? status.getLen() : -1;
        } catch (final FileNotFoundException e) {
            return -1;
        }
    }

    /** The names in the directory; none if there is no directory. */
    List<String> names() throws IOException {
        try {
            return Arrays.stream(fileSystem().listStatus(path()))
                    .map(status -> status.getPath().getName())
                    .toList();
        } catch (final FileNotFoundException e) {
            return List.of();
        }
    }

    /** Deletes the file, if it is there. */
    void delete() throws IOException {
        fileSystem().delete(path(), false);
    }

    /** Whether a name in a directory is that of a file that {@link #replaceBy} has not completed. */
    static boolean isPart(final String name) {
        return name.startsWith(".") && name.endsWith(PART);
    }

    /**
     * Replaces the file by a local one. It is written under a temporary name and renamed, so that the old one is there
     * until the new one is complete.
     *
     * @throws IOException if that fails; the temporary file is deleted then, if it can be
     */
    void replaceBy(final FileChannel content) throws IOException {
        final FileSystem files = fileSystem();
        final Path part = new Path(path().getParent(), "." + path().getName() + "." + UUID.randomUUID() + PART);
        try {
            try (FSDataOutputStream out = files.create(part, true)) {
                copy(content, out);
                if (out.hasCapability(StreamCapabilities.HSYNC)) {
                    out.hsync();
                }
            }
            rename(files, part);
        } catch (final IOException | RuntimeException | Error e) {
            try {
                files.delete(part, false);
            } catch (final IOException failure) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    private static void copy(final FileChannel content, final OutputStream out) throws IOException {
        content.position(0);
        Channels.newInputStream(content).transferTo(out);
    }

    /** HDFS and object stores don't rename to a name that is taken, as that of an attempt whose end was not seen. */
    private void rename(final FileSystem files, final Path part) throws IOException {
        files.delete(path(), false);
        if (!files.rename(part, path())) {
            throw new IOException("the complete file can't be renamed to its name");
        }
    }

    /** Copies the file to a local one. */
    void copyTo(final java.nio.file.Path local) throws IOException {
        try (FSDataInputStream in = fileSystem().open(path());
                OutputStream out = Files.newOutputStream(local)) {
            in.transferTo(out);
        }
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof HadoopPath path && path.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
