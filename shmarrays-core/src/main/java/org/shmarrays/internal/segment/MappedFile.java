package org.shmarrays.internal.segment;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.MappedByteBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.errors.InvalidSegmentException;

/**
 * A whole file, mapped. It is never unmapped explicitly: it goes with garbage collection, when nothing refers to it any
 * more, neither this object nor a view. The views' positions are not used, so that threads may share them.
 */
public final class MappedFile {
    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    static final int ZEROS_LENGTH = 1 << 20;

    private static final int ZEROS_BLOCK = 64 << 10;

    private final FileIdentity identity;
    private final ByteBuffer bytes;
    private final UnsafeBuffer atomic;
    private final FloatBuffer floats;
    private final DoubleBuffer doubles;
    private final IntBuffer ints;
    private final LongBuffer longs;
    private final ShortBuffer shorts;

    private MappedFile(final FileIdentity identity, final MappedByteBuffer mapping) {
        this.identity = identity;
        bytes = mapping.order(ByteOrder.nativeOrder());
        atomic = new UnsafeBuffer(bytes);
        floats = bytes.asFloatBuffer();
        doubles = bytes.asDoubleBuffer();
        ints = bytes.asIntBuffer();
        longs = bytes.asLongBuffer();
        shorts = bytes.asShortBuffer();
    }

    /**
     * Creates a file of zeros, for its owner alone. Every byte is really written, because a file with holes in a full
     * tmpfs kills the JVM with SIGBUS when a hole is touched.
     *
     * @throws IOException if the file is there, or there is no room
     */
    @SuppressWarnings("try") // the channel only makes the file
    static void createZeros(final Path path, final long lengthBytes) throws IOException {
        try (FileChannel made = openForOwner(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) { // no interrupt closes it
            final byte[] zeros = new byte[(int) Math.min(lengthBytes, ZEROS_BLOCK)];
            if (lengthBytes > 0) {
                // A tmpfs with huge=within_size takes large pages only where the file has its length already.
                file.seek(lengthBytes - 1);
                file.write(zeros, 0, 1);
                file.seek(0);
            }
            for (long left = lengthBytes; left > 0; left -= zeros.length) {
                file.write(zeros, 0, (int) Math.min(zeros.length, left));
            }
        }
    }

    /** Opens a file, not following a link; one that this creates is for its directory's owner alone. */
    public static FileChannel openForOwner(final Path path, final OpenOption... options) throws IOException {
        final Set<OpenOption> all = new HashSet<>(List.of(options));
        all.add(LinkOption.NOFOLLOW_LINKS);
        if (!Ownership.isKnownIn(path.getParent())) {
            return FileChannel.open(path, all);
        }
        final boolean isNew = !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        final FileChannel channel = FileChannel.open(path, all, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        boolean done = false;
        try {
            if (isNew) {
                Ownership.handOver(path);
            }
            done = true;
            return channel;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    /**
     * Maps the first {@code lengthBytes} bytes. An interrupt does not keep it from that; it stays noted.
     *
     * @throws InvalidSegmentException if the file is missing, a link, or has another length
     */
    public static MappedFile open(final Path path, final long lengthBytes, final boolean readOnly) {
        try {
            return Interruption.defer(() -> map(path, lengthBytes, readOnly));
        } catch (final IOException e) {
            throw new InvalidSegmentException("cannot map a file of the segment: file=" + path + ", " + e, e);
        }
    }

    private static MappedFile map(final Path path, final long lengthBytes, final boolean readOnly) throws IOException {
        final Set<OpenOption> options = readOnly
                ? Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)
                : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try (FileChannel channel = FileChannel.open(path, options)) {
            final long size = channel.size();
            if (size != lengthBytes) {
                throw new InvalidSegmentException("a file of the segment has the wrong length: file=" + path
                        + ", bytes=" + size + ", expected=" + lengthBytes);
            }
            final FileChannel.MapMode mode = readOnly ? FileChannel.MapMode.READ_ONLY : FileChannel.MapMode.READ_WRITE;
            return new MappedFile(FileIdentity.of(path), channel.map(mode, 0, lengthBytes));
        }
    }

    /** Which file is mapped. */
    FileIdentity identity() {
        return identity;
    }

    public UnsafeBuffer atomic() {
        return atomic;
    }

    public ByteBuffer bytes() {
        return bytes;
    }

    public FloatBuffer floats() {
        return floats;
    }

    public DoubleBuffer doubles() {
        return doubles;
    }

    public IntBuffer ints() {
        return ints;
    }

    public LongBuffer longs() {
        return longs;
    }

    public ShortBuffer shorts() {
        return shorts;
    }
}
