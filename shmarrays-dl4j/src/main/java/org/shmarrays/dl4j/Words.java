package org.shmarrays.dl4j;

/** Long words that several workers read and write, each of them atomically, in an order on which all agree. */
interface Words {
    long get(int index);

    void set(int index, long value);

    /** Sets a word if it has the expected value; false if it has another one. */
    boolean compareAndSet(int index, long expected, long value);

    /** Makes changes while no other worker makes any. */
    void whileNoOtherChanges(Runnable changes);
}
