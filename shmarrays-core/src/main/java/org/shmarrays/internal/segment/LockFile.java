package org.shmarrays.internal.segment;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/**
 * A file that this process opens in order to lock it, with its name in the {@link ProcessRegister}: until it is closed
 * no other thread of the process opens the file. For one thread at a time.
 *
 * <p>To close a file takes some memory. It is set aside beforehand, so that a process whose heap is full can give back
 * what it holds.
 */
public final class LockFile implements AutoCloseable {
    /** Closing a channel needs less than 1 KiB. */
    private static final int RESERVE_BYTES = 8 << 10;

    private final String name;
    private FileChannel channel;

    @SuppressWarnings("unused") // the collector takes it when it is needed
    private byte[] reserve = new byte[RESERVE_BYTES];

    private boolean closed;

    private LockFile(final String name) {
        this.name = name;
    }

    /** Enters a name into the register; null if it is there, because another thread has the file open. */
    public static LockFile enter(final String name) {
        final LockFile file = new LockFile(name);
        return ProcessRegister.add(name) ? file : null;
    }

    /** Opens the file, not following a link, and locks it; false if another process, or foreign code, has locked it. */
    public boolean tryLock(final Path path, final OpenOption... options) throws IOException {
        channel = MappedFile.openForOwner(path, options);
        try {
            return channel.tryLock() != null;
        } catch (final OverlappingFileLockException e) {
            return false; // code that is not ours holds it
        }
    }

    /** Of the open file. */
    FileChannel channel() {
        return channel;
    }

    /** Gives the lock back. Twice is harmless: the name may be another holder's by then. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        reserve = null;
        // Behind an Error the file may still be open. It stays in the register then, since the collector closes it at
        // some time, which would drop the lock of whoever holds it here by then.
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
