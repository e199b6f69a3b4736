package org.shmarrays.model;

import static org.shmarrays.model.State.*;

/** What holds in every state, however it was come to. */
final class Invariants {
    private final StepOrder order;

    Invariants(final StepOrder order) {
        this.order = order;
    }

    /** What is broken in a state, or null. */
    Violation brokenIn(final State s) {
        int inside = 0;
        for (int process = 0; process < Protocol.PROCESSES; process++) {
            if (s.get(ALIVE + process) == 1 && order.isInside(s.next(process))) {
                inside++;
            }
        }
        if (inside > 1) {
            return Violation.TWO_HOLDERS;
        }
        for (int slot = 0; slot < 2; slot++) {
            if (s.get(ARMED + slot) == 1 && (s.get(LOCK) == 0 || Token.slot(s.get(LOCK)) != slot)) {
                return Violation.STRAY_UNDO_AREA;
            }
        }
        if (s.get(LOCK) == 0) {
            if (s.get(DATA) != s.get(DATA + 1)) {
                return Violation.HALF_UPDATE;
            }
            if ((s.get(DATA) & s.acknowledged()) != s.acknowledged()) {
                return Violation.LOST_UPDATE;
            }
            if ((s.get(VERSION) & 1) != 0) {
                return Violation.DAMAGED;
            }
        }
        return null;
    }
}
