package org.shmarrays.internal.segment;

/**
 * The numbered steps of the protocols in {@code docs/format}. The code says before each step that it has been reached,
 * so that a test can end its process exactly there; without an observer that costs nothing.
 *
 * <p>An observer is a class that {@code -Dshmarrays.stepObserver} names; it is for tests alone.
 */
public enum Step {
    /** Creation lock: {@code lifecycle.md}. */
    K1,
    K2,
    K3,
    K4,
    K5,
    K6,
    /** Creation: {@code lifecycle.md}. */
    C1,
    C2,
    C3,
    C4,
    C5,
    C6,
    C7,
    C8,
    C9,
    C10,
    C11,
    C12,
    C13,
    /** Attachment: {@code lifecycle.md}. */
    A1,
    A2,
    A3,
    A4,
    A5,
    A6,
    A7,
    A8,
    A9,
    /** Claim of a slot: {@code lifecycle.md}. */
    S1,
    S2,
    S3,
    S4,
    S5,
    S6,
    S7,
    S8,
    S9,
    /** Entry to a run: {@code lifecycle.md}. */
    J1,
    J2,
    J3,
    J4,
    J5,
    /** A wait for other workers: {@code waits.md}. */
    B1,
    B2,
    B3,
    B4,
    B5,
    B6,
    B7,
    /** Removal: {@code lifecycle.md}. */
    RM1,
    RM2,
    RM3,
    RM4,
    /** Lock of a partition: {@code locking.md}. */
    L1,
    L2,
    L3,
    L4,
    L5,
    L6,
    L7,
    L8,
    L9,
    L10,
    L11,
    L12,
    L13,
    L14,
    L15,
    L16,
    L17,
    L18,
    L19,
    L20,
    L21,
    /** Change of a partition, and its undo area: {@code undo.md}. */
    U1,
    U2,
    U3,
    U4,
    U5,
    U6,
    U7,
    U8,
    U9,
    U10,
    U11,
    U12,
    U13,
    U14,
    U15,
    /** Takeover from a dead worker: {@code recovery.md}. */
    T1,
    T2,
    T3,
    T4,
    T5,
    /** Repair of a partition: {@code recovery.md}. */
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    /** A push at the gate: {@code snapshot.md}. */
    G1,
    G2,
    G3,
    G4,
    /** The pause of a segment: {@code snapshot.md}. */
    P1,
    P2,
    P3,
    P4,
    P5,
    P6,
    /** Overwriting of a whole segment: {@code snapshot.md}. */
    O1,
    O2,
    O3,
    O4,
    /** Writing of a checkpoint: {@code checkpoint.md}. */
    F1,
    F2,
    F3,
    F4,
    F5,
    F6,
    F7,
    F8,
    /** Writing of an event: {@code events.md}. */
    E1,
    E2,
    E3,
    E4,
    E5;

    /** Where an observer's class name stands. */
    public static final String OBSERVER_PROPERTY = "shmarrays.stepObserver";

    private static final Observer OBSERVER = observer(System.getProperty(OBSERVER_PROPERTY));

    /** Is told each step that this process is about to do, by the thread that does it. */
    @FunctionalInterface
    public interface Observer {
        void beforeStep(Step step);
    }

    private static Observer observer(final String className) {
        if (className == null) {
            return null;
        }
        try {
            return (Observer) Class.forName(className).getDeclaredConstructor().newInstance();
        } catch (final ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "no observer of steps: " + OBSERVER_PROPERTY + "=" + className + ", " + e, e);
        }
    }

    /** Says that this step is the next one. */
    public void reached() {
        if (OBSERVER != null) {
            OBSERVER.beforeStep(this);
        }
    }
}
