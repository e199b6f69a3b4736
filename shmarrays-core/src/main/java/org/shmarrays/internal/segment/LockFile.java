package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/**
 * A file that this process opens in order to lock it. Its name is in the {@link ProcessRegister} until the file is
 * closed, so no other thread of the process opens it meanwhile: closing a second channel of the same file would drop
 * the lock. For one thread at a time.
 *
 * <p>Closing a file needs some memory. This memory is set aside beforehand, so that a process can give back its locks
 * when its heap is full.
 */
public final class LockFile implements AutoCloseable {
    /** Closing a channel needs less than 1 KiB. */
    private static final int RESERVE_BYTES = 8 << 10;

    private final String name;
    private FileChannel channel;

    @SuppressWarnings("unused") // dropped before the channel is closed
    private byte[] reserve = new byte[RESERVE_BYTES];

    private boolean closed;

    private LockFile(final String name) {
        this.name = name;
    }

    /** Enters a name into the register. Returns null if the name is there: another thread has the file open. */
    public static LockFile enter(final String name) {
        final LockFile file = new LockFile(name);
        return ProcessRegister.add(name) ? file : null;
    }

    /** Opens the file, not following a link, and locks it. False if another process or foreign code has locked it. */
    public boolean tryLock(final Path path, final OpenOption... options) throws IOException {
        channel = MappedFile.openForOwner(path, options);
        try {
            return channel.tryLock() != null;
        } catch (final OverlappingFileLockException e) {
            return false; // foreign code in this process holds the lock
        }
    }

    /** The channel of the open file. */
    FileChannel channel() {
        return channel;
    }

    /** Gives the lock back. A second call does nothing, because another holder may have the name by then. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        reserve = null;
        // If this throws an Error, the file may still be open, and its name stays in the register. The garbage
        // collector closes the file at some time. If another thread had locked it by then, that would drop the lock.
        closeChannel();
        ProcessRegister.remove(name);
    }

    private void closeChannel() {
        if (channel != null) {
            try {
                channel.close();
            } catch (final IOException e) {
                System.getLogger(LockFile.class.getName())
                        .log(System.Logger.Level.WARNING, "closing a lock file failed: " + name, e);
            }
        }
    }
}
