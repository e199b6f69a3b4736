package org.shmarrays.model;

/** What a process does at once; its next step, unless it waits. Named as in {@code docs/format}. */
enum Step {
    CLAIM_S2_HOLD_FILE,
    CLAIM_S3_FREE,
    CLAIM_S4_GENERATION,
    LOCK_L2_TAKE,
    U1_VERSION,
    U3_AREA_VERSION,
    U4_NOTHING_VALID,
    U5_ARM,
    U6_ODD,
    U8_SAVE_0,
    U9_VALID_0,
    U11_CHANGE_0,
    U8_SAVE_1,
    U9_VALID_1,
    U11_CHANGE_1,
    U13_EVEN,
    U14_DISARM,
    L21_FREE,
    ACKNOWLEDGE,
    DEPART,
    DONE,
    ABANDONED,
    T1_LOOK,
    T2_HOLD_FILE,
    T3_GENERATION,
    T4_FIND,
    R1_VERSION,
    R2_PUT_BACK_0,
    R2_PUT_BACK_1,
    R3_EVEN,
    R4_DISARM,
    R4_FREE,
    T5_DEPARTED,
    T5_CLOSE_FILE;

    static final Step[] ALL = values();

    /** Only one process may be about to do this. */
    boolean isRepair() {
        return ordinal() >= R1_VERSION.ordinal() && ordinal() <= R4_FREE.ordinal();
    }
}
