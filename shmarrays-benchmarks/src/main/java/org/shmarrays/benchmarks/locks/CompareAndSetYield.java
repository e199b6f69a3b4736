package org.shmarrays.benchmarks.locks;

import org.agrona.concurrent.AtomicBuffer;

/** The simplest lock between processes: a compare-and-set, again after each yield. Fast; who gets it is chance. */
final class CompareAndSetYield implements Exclusion {
    private final AtomicBuffer buffer;
    private final int offset;
    private final long token;

    CompareAndSetYield(final AtomicBuffer buffer, final int offset, final long token) {
        this.buffer = buffer;
        this.offset = offset;
        this.token = token;
    }

    @Override
    public void acquire() {
        while (!buffer.compareAndSetLong(offset, 0, token)) {
            Thread.yield();
        }
    }

    @Override
    public void release() {
        if (!buffer.compareAndSetLong(offset, token, 0)) {
            throw new IllegalStateException("the lock was another's: token=" + token);
        }
    }
}
