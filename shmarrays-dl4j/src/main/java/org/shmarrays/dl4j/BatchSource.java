package org.shmarrays.dl4j;

/** What a model's own fit goes through: a part of the batches of an iterator. For the thread that iterates. */
interface BatchSource {
    boolean hasNext();

    /** A DataSet or MultiDataSet, as the iterator gives it. */
    Object next();

    /** Whether another thread may read it ahead. */
    boolean asyncSupported();
}
