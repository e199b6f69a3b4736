package org.shmarrays.model;

import static org.shmarrays.model.State.*;

import java.util.Set;

/** A reader without a slot, which reads both blocks once without the lock: V1 to V6 of {@code docs/format/versions.md}. */
final class Reader {
    private static final int BEGIN = 0;
    private static final int COPY_0 = 1;
    private static final int COPY_1 = 2;
    private static final int CHECK = 3;
    private static final int DONE = 4;

    private final Set<Fault> faults;

    Reader(final Set<Fault> faults) {
        this.faults = faults;
    }

    boolean isDone(final State s) {
        return s.get(READER) == DONE;
    }

    boolean canStep(final State s) {
        return s.get(READER) != DONE && !(s.get(READER) == BEGIN && (s.get(VERSION) & 1) != 0);
    }

    /**
     * Does its next step.
     *
     * @return what it breaks by a copy that it accepts, or null
     */
    Violation step(final State s) {
        final int next = s.get(READER);
        switch (next) {
            case BEGIN -> {
                s.set(READ_VERSION, s.get(VERSION));
                s.set(ACKNOWLEDGED_BEFORE, s.acknowledged());
                s.set(READER, COPY_0);
            }
            case COPY_0, COPY_1 -> {
                s.set(READ + next - COPY_0, s.get(DATA + next - COPY_0));
                s.set(READER, next + 1);
            }
            case CHECK -> {
                final boolean accepted =
                        s.get(VERSION) == s.get(READ_VERSION) || faults.contains(Fault.READ_CHECKED_ONCE);
                final int first = s.get(READ);
                final int second = s.get(READ + 1);
                final int before = s.get(ACKNOWLEDGED_BEFORE);
                s.set(READER, accepted ? DONE : BEGIN);
                s.set(READ, 0);
                s.set(READ + 1, 0);
                s.set(READ_VERSION, 0);
                s.set(ACKNOWLEDGED_BEFORE, 0);
                if (accepted && first != second) {
                    return Violation.TORN_READ;
                }
                if (accepted && (first & before) != before) {
                    return Violation.STALE_READ;
                }
            }
            default -> throw new IllegalStateException("it is done");
        }
        return null;
    }
}
