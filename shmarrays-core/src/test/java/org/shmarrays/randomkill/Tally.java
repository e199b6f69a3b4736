package org.shmarrays.randomkill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a process of the test has finished, in a small file of its own, which is there when the process is killed: the
 * count of a push is raised after the push has returned. Written by one thread, read by any process.
 */
final class Tally {
    private static final int TOKEN_OFFSET = 0;
    private static final int LONGEST_NS_OFFSET = TOKEN_OFFSET + Long.BYTES;
    private static final int READS_OFFSET = LONGEST_NS_OFFSET + Long.BYTES;
    private static final int TORN_READS_OFFSET = READS_OFFSET + Long.BYTES;
    private static final int PUSHES_OFFSET = TORN_READS_OFFSET + Long.BYTES;
    private static final int CUT_OFF_OFFSET = PUSHES_OFFSET + Account.values().length * Long.BYTES;
    private static final int FAULTS_OFFSET = CUT_OFF_OFFSET + Account.values().length * Long.BYTES;
    private static final int LENGTH = FAULTS_OFFSET + Fault.values().length * Long.BYTES;

    private final AtomicBuffer buffer;

    private Tally(final AtomicBuffer buffer) {
        this.buffer = buffer;
    }

    /** Opens the file, or makes one in which all is 0. */
    static Tally open(final Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new Tally(new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH)));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says what stands in the locks that the process holds; it is about to begin. */
    void token(final long token) {
        buffer.putLongRelease(TOKEN_OFFSET, token);
    }

    /** What stands in the locks that the process holds, or 0: it has not begun. */
    long token() {
        return buffer.getLongAcquire(TOKEN_OFFSET);
    }

    /** A push has returned. */
    void pushed(final Account account) {
        buffer.addLongRelease(offset(account), 1);
    }

    /** Pushes that have returned. */
    long pushes(final Account account) {
        return buffer.getLongAcquire(offset(account));
    }

    /** An Error has ended a push. */
    void cutOff(final Account account) {
        buffer.addLongRelease(CUT_OFF_OFFSET + account.ordinal() * Long.BYTES, 1);
    }

    /** Pushes that an Error has ended. */
    long cutOffs(final Account account) {
        return buffer.getLongAcquire(CUT_OFF_OFFSET + account.ordinal() * Long.BYTES);
    }

    /** A fault has taken place. */
    void caused(final Fault fault) {
        buffer.addLongRelease(FAULTS_OFFSET + fault.ordinal() * Long.BYTES, 1);
    }

    /** Faults of a kind that have taken place. */
    long faults(final Fault fault) {
        return buffer.getLongAcquire(FAULTS_OFFSET + fault.ordinal() * Long.BYTES);
    }

    private static int offset(final Account account) {
        return PUSHES_OFFSET + account.ordinal() * Long.BYTES;
    }

    /** A read has returned. */
    void read(final boolean torn) {
        buffer.addLongRelease(READS_OFFSET, 1);
        if (torn) {
            buffer.addLongRelease(TORN_READS_OFFSET, 1);
        }
    }

    long reads() {
        return buffer.getLongAcquire(READS_OFFSET);
    }

    long tornReads() {
        return buffer.getLongAcquire(TORN_READS_OFFSET);
    }

    /** Records how long something took. */
    void took(final long durationNs) {
        if (durationNs > longestNs()) {
            buffer.putLongRelease(LONGEST_NS_OFFSET, durationNs);
        }
    }

    long longestNs() {
        return buffer.getLongAcquire(LONGEST_NS_OFFSET);
    }
}
