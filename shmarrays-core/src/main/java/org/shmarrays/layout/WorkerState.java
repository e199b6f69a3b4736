package org.shmarrays.layout;

/** How the owner of a slot is. */
public enum WorkerState {
    /** The slot was never claimed, or is being claimed. */
    NONE,
    /** Its process lives. */
    RUNNING,
    /** Its process lives, and was stopped by a signal or a debugger. */
    STOPPED,
    /** Its process has ended, and it has not departed: it was killed, or forgot to close. */
    GONE,
    /** Its process ids are those of another namespace or another boot, so nothing is seen of it from here. */
    ELSEWHERE,
    /**
     * It lives, and has given the slot up, because it could not give back what it held; no one has recovered that yet.
     */
    ABANDONED,
    /** It has closed its handle, or what it left was recovered. */
    DEPARTED;

    /** True if it is seen to live. */
    public boolean isLive() {
        return this == RUNNING || this == STOPPED;
    }
}
