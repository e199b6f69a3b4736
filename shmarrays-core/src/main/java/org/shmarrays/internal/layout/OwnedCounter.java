package org.shmarrays.internal.layout;

import org.agrona.concurrent.AtomicBuffer;

/**
 * A counter that one thread at a time writes: the owner of a slot, or the holder of a lock. So adding is a load, an addition and
 * a release store; {@link AtomicBuffer#addLongRelease} would be an atomic instruction.
 *
 * <p>The plain load gets what the last writer stored, because its lock, or its slot, was got after that. Where a lock is broken while
 * its holder lives there are two writers, and counts may be lost or go back: nothing may rest on them but what
 * watchers are shown, and when a waiter looks at a holder.
 * See {@code docs/format/layout.md}, "Counters have one writer".
 */
final class OwnedCounter {
    private OwnedCounter() {}

    static void addRelease(final AtomicBuffer buffer, final int offset, final long increment) {
        buffer.putLongRelease(offset, buffer.getLong(offset) + increment);
    }
}
