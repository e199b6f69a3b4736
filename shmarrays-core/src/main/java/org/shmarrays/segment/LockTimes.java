package org.shmarrays.segment;

/**
 * Is told, beside the counters in shared memory, how long one handle waits for locks and holds them. Called by the handle's
 * thread right after it has freed a lock, so what it does holds nobody up but that thread. It must not throw.
 */
public interface LockTimes {
    /** The handle waited for a lock, and got it. */
    void waited(long waitNs);

    /** The handle held a lock; told of one tenure in about 64. */
    void held(long heldNs);
}
