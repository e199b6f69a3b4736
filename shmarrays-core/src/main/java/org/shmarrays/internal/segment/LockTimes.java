package org.shmarrays.internal.segment;

/**
 * Is told, beside the counters in shared memory, how long one handle waits for locks and holds them. Called by the
 * handle's thread right after it has freed a lock, so what it does delays only that thread. Only where a call
 * holds several locks is it called while some are held: of a wait when the next lock was waited for, and between
 * freeing them. It must not throw.
 */
public interface LockTimes {
    /** The handle waited for a lock, and got it. */
    void waited(long waitNs);

    /** The handle held a lock; told of one hold in about 64, and never of two of locks that were held together. */
    void held(long heldNs);
}
