package org.shmarrays.dl4j;

/**
 * An iterator over batches that can skip some without loading them. A DataSetIterator or MultiDataSetIterator that
 * implements it as well lets {@link SharedTraining} load only the batches that its worker trains on. For the thread
 * that iterates.
 */
public interface SkippingIterator {
    /**
     * Skips batches: afterwards the iterator stands where it would stand after as many calls of {@code next()}. Where
     * fewer are left, it stands at the end.
     *
     * @param batches 0 or more
     */
    void skip(int batches);

    /**
     * Goes back to the first batch since the last reset, without another order of the batches. So a worker can train
     * what one that was removed has left.
     *
     * @return false, where nothing has changed because the iterator can't go back
     */
    default boolean rewind() {
        return false;
    }
}
