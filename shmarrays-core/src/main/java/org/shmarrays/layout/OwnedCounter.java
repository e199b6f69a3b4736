package org.shmarrays.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * A counter that one thread at a time writes: the owner of a slot, or the holder of a lock. So adding is a load, an addition and
 * a release store; {@link AtomicBuffer#addLongRelease} would be an atomic instruction, which costs five times as much.
 */
final class OwnedCounter {
    private OwnedCounter() {}

    static void addRelease(final AtomicBuffer buffer, final int offset, final long increment) {
        buffer.putLongRelease(offset, buffer.getLong(offset) + increment);
    }
}
