package org.shmarrays.model;

/** What must never be. */
enum Violation {
    /** Two live processes are where the lock's holder, or the repairer of a dead one, should be alone. */
    TWO_HOLDERS,
    /** A live holder finds at its release that the lock is no longer its own. */
    LOCK_LOST,
    /** The lock is free, and the two blocks come from different updates. */
    HALF_UPDATE,
    /** The lock is free, and an update whose worker was told that it is done is not there. */
    LOST_UPDATE,
    /** A reader has accepted two blocks that come from different updates. */
    TORN_READ,
    /** A reader has accepted a copy without an update that was acknowledged before it began. */
    STALE_READ,
    /** A version is odd and no undo area explains it. */
    DAMAGED,
    /** An undo area is armed although its slot does not hold the partition's lock. */
    STRAY_UNDO_AREA,
    /** A survivor can't get through any more, although no other worker is killed. */
    STUCK
}
