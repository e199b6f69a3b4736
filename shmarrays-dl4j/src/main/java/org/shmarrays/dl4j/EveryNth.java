package org.shmarrays.dl4j;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** Of the batches of an iterator those of one shard: each n-th. */
final class EveryNth implements BatchSource {
    private final BatchStream stream;
    private final boolean asyncSupported;
    private final int step;
    private long next;

    /**
     * The batches of a shard.
     *
     * @param all at its first batch
     * @param asyncSupported whether another thread may read it
     */
    EveryNth(final Iterator<?> all, final boolean asyncSupported, final Shard shard) {
        this.stream = BatchStream.ofCaller(all);
        this.asyncSupported = asyncSupported;
        this.step = shard.worldSize();
        this.next = shard.rank();
    }

    @Override
    public boolean hasNext() {
        return stream.goTo(next);
    }

    @Override
    public Object next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the shard has no further batch");
        }
        next += step;
        return stream.next();
    }

    @Override
    public boolean asyncSupported() {
        return asyncSupported;
    }
}
