package org.shmarrays.model;

/** Mistakes that can be built into the model, to see that its exploration finds them. */
enum Fault {
    /** A repair takes the version back to the even number before the change, not on to the next. */
    OLD_EVEN_VERSION,
    /** Neither a worker nor a repairer disarms the undo area. */
    DISARM_MISSED,
    /** The undo area is written, and armed, behind the odd version. */
    ARMED_AFTER_ODD,
    /** The version is even before the last block is changed. */
    EVEN_BEFORE_DATA,
    /** The lock is freed before the area is disarmed. */
    FREED_BEFORE_DISARMED,
    /** A repairer takes an area that names the partition, whatever version it names. */
    VERSION_NOT_COMPARED,
    /** A recoverer goes on without the lock of the dead worker's slot file. */
    NO_SLOT_FILE_LOCK,
    /** A reader looks at the version before its copy only. */
    READ_CHECKED_ONCE,
    /** A block is changed before its old bytes are valid. */
    SAVED_AFTER_CHANGE,
    /** The bytes valid are published before the bytes are there. */
    VALID_BEFORE_SAVED,
    /** A claimant goes on with a dead owner's slot without having repaired what that one left. */
    CLAIM_WITHOUT_REPAIR,
    /** A repairer disarms the area before the version is even. */
    DISARMED_BEFORE_EVEN,
    /** A repairer frees the lock before it repairs. */
    FREED_BEFORE_REPAIR,
    /** An owner that has abandoned its slot goes on. */
    STORED_AFTER_ABANDONING,
    /** A claimant goes on with an abandoned slot without the lock under which such slots are recovered. */
    CLAIM_WITHOUT_ABANDONED_LOCK,
    /** An abandoned slot is recovered under its own lock file, which its owner may still hold. */
    ABANDONED_UNDER_SLOT_FILE
}
