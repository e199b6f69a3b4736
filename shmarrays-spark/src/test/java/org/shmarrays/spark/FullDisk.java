package org.shmarrays.spark;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** The local file system, by the scheme {@code fulldisk}, whose disk is full when a test says so. */
public final class FullDisk extends RawLocalFileSystem {
    static final String SCHEME = "fulldisk";
    static final AtomicBoolean IS_FULL = new AtomicBoolean();

    private static final int ROOM = 100;

    @Override
    public URI getUri() {
        return URI.create(SCHEME + ":///");
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FSDataOutputStream create(
            final Path path,
            final FsPermission permission,
            final boolean overwrite,
            final int bufferSize,
            final short replication,
            final long blockSize,
            final Progressable progress)
            throws IOException {
        return limited(super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress));
    }

    @Override
    public FSDataOutputStream create(
            final Path path,
            final boolean overwrite,
            final int bufferSize,
            final short replication,
            final long blockSize,
            final Progressable progress)
            throws IOException {
        return limited(super.create(path, overwrite, bufferSize, replication, blockSize, progress));
    }

    private static FSDataOutputStream limited(final FSDataOutputStream out) {
        return new FSDataOutputStream(new Limited(out), null);
    }

    /** Takes a few bytes more after the disk is full, as a disk does. */
    private static final class Limited extends OutputStream {
        private final OutputStream out;
        private long written;

        Limited(final OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(final int value) throws IOException {
            if (IS_FULL.get() && written >= ROOM) {
                throw new IOException("No space left on device");
            }
            out.write(value);
            written++;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
