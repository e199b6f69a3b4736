package org.shmarrays.internal.segment;

/**
 * An observer of the locks of one handle: how long the handle waits for them and holds them. The counters in shared
 * memory are kept as well. The handle's thread calls it right after it has freed a lock, so a slow observer delays only
 * that thread. If a call holds several locks, the observer is also called while some of them are held: when the next
 * lock was waited for, and between two releases. It must not throw.
 */
public interface LockTimes {
    /** The handle waited for a lock, and got it. */
    void waited(long waitNs);

    /** The handle held a lock. Called for about one hold in 64, and for at most one of several holds at a time. */
    void held(long heldNs);
}
