package org.shmarrays.dl4j;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * The batches of an iterator, of either class, in ascending order. Those that are not wanted are skipped: a {@link
 * SkippingIterator} does not load them. Of another iterator all are loaded, ahead where it supports that. For the
 * thread that trains.
 */
final class BatchStream {
    private final Iterator<?> source;
    private final boolean resetSupported;
    private final Runnable reset;
    private final Supplier<Reader> newReader;
    private Reader reader;
    private int pass = -1;
    private long position;

    /** Batches between the last reset and the first one of the pass, or -1 where they are not counted. */
    private long before = -1;

    /** Reads ahead in a thread of its own until it is shut down. */
    private record Reader(Iterator<?> batches, Runnable shutdown) {}

    private BatchStream(
            final Iterator<?> source,
            final boolean resetSupported,
            final Runnable reset,
            final Supplier<Reader> newReader) {
        this.source = source;
        this.resetSupported = resetSupported;
        this.reset = reset;
        this.newReader = newReader;
    }

    /**
     * The batches of an iterator, from where it stands.
     *
     * @throws IllegalArgumentException if it is neither a DataSetIterator nor a MultiDataSetIterator
     */
    static BatchStream of(final Iterator<?> source) {
        final boolean skips = source instanceof SkippingIterator;
        if (source instanceof DataSetIterator batches) {
            return new BatchStream(
                    source,
                    batches.resetSupported(),
                    batches::reset,
                    skips || !batches.asyncSupported() ? null : () -> ahead(new PrefetchedDataSetIterator(batches)));
        }
        if (source instanceof MultiDataSetIterator batches) {
            return new BatchStream(
                    source,
                    batches.resetSupported(),
                    batches::reset,
                    skips || !batches.asyncSupported()
                            ? null
                            : () -> ahead(new PrefetchedMultiDataSetIterator(batches)));
        }
        throw new IllegalArgumentException("data is a DataSetIterator or a MultiDataSetIterator: given="
                + (source == null ? null : source.getClass().getName()));
    }

    /** {@link #of}, read only by the thread that calls, of whatever class. */
    static BatchStream ofCaller(final Iterator<?> source) {
        return new BatchStream(source, false, () -> {}, null);
    }

    private static Reader ahead(final PrefetchedDataSetIterator batches) {
        return new Reader(batches, batches::shutdown);
    }

    private static Reader ahead(final PrefetchedMultiDataSetIterator batches) {
        return new Reader(batches, batches::shutdown);
    }

    Iterator<?> source() {
        return source;
    }

    boolean resetSupported() {
        return resetSupported;
    }

    /**
     * Comes to the first batch of a pass, by as many resets as passes lie between, because the order of the batches may
     * depend on how often the iterator was reset. The first pass begins where the iterator stands, unless that is its
     * end.
     *
     * @param newPass the present one or a later one, from 0 on
     */
    void toPass(final int newPass) {
        close();
        if (pass < 0) {
            pass = 0;
            if (resetSupported && !source.hasNext()) {
                reset();
            }
        }
        for (; pass < newPass; pass++) {
            reset();
        }
        position = 0;
    }

    /** Index of the next batch of the pass, or the number of its batches where none is left. */
    long position() {
        return position;
    }

    private void reset() {
        reset.run();
        before = 0;
    }

    /**
     * Comes to a batch of the pass, from 0 on; false if the pass has fewer, or this one lies before the present one.
     */
    boolean goTo(final long index) {
        if (index < position) {
            return false;
        }
        if (source instanceof SkippingIterator skipping) {
            skipTo(skipping, index);
        }
        while (position < index && batches().hasNext()) {
            next();
        }
        return hasNext();
    }

    /**
     * Goes back to the first batch of the pass; false if the iterator can't. That is not its first batch since the last
     * reset where the program has read some before the fit: they are those that the pass lacks.
     */
    boolean rewind() {
        if (!(source instanceof SkippingIterator skipping)) {
            return false;
        }
        final boolean isCounted = before >= 0;
        if (!isCounted) {
            skipTo(skipping, Long.MAX_VALUE);
        }
        final long length = position;
        if (!skipping.rewind()) {
            return false;
        }
        position = 0;
        if (!isCounted) {
            skipTo(skipping, Long.MAX_VALUE);
            before = position - length;
            skipping.rewind();
        }
        skipping.skip(Math.toIntExact(before));
        position = 0;
        return true;
    }

    /** One by one, so that the position is right where the pass has fewer. */
    private void skipTo(final SkippingIterator skipping, final long index) {
        for (; position < index && source.hasNext(); position++) {
            skipping.skip(1);
        }
    }

    /**
     * Comes to the end of a pass, where a plain fit leaves the iterator: where this worker stands depends on which
     * batches were its own, and the next fit begins there. So does a worker of which none was: it was started again,
     * and the program may reset the iterator before the next fit, or not.
     *
     * @param ofPass the present one or a later one, from 0 on
     */
    void toEnd(final int ofPass) {
        if (pass < ofPass) {
            toPass(ofPass);
        }
        if (source instanceof SkippingIterator skipping) {
            skipTo(skipping, Long.MAX_VALUE);
        } else {
            while (batches().hasNext()) {
                batches().next();
            }
        }
    }

    /**
     * Leaves a pass that was cut off, in all workers alike, also if this one has not come to it: the next fit begins
     * with the next pass.
     *
     * @param ofPass the present one or a later one, from 0 on
     */
    void leave(final int ofPass) {
        if (pass < ofPass) {
            toPass(ofPass);
        }
        close();
        if (resetSupported) {
            reset();
        }
    }

    /** Whether there is a batch at the present place. From here on batches are read ahead. */
    boolean hasNext() {
        if (reader == null && newReader != null && source.hasNext()) { // at its end DL4J's reader would reset it
            reader = newReader.get();
        }
        return batches().hasNext();
    }

    Object next() {
        final Object next = batches().next();
        if (next == null) {
            throw new NoSuchElementException("the iterator gave null for a batch: " + source);
        }
        position++;
        return next;
    }

    private Iterator<?> batches() {
        return reader == null ? source : reader.batches;
    }

    /** Ends the reading ahead, if there is any; twice is harmless. */
    void close() {
        if (reader != null) {
            final Reader ended = reader;
            reader = null;
            ended.shutdown.run();
        }
    }
}
