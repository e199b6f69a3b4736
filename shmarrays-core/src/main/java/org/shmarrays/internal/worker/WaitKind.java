package org.shmarrays.internal.worker;

import org.shmarrays.internal.layout.SlotTable;

/** What a worker waits for other workers for; {@code docs/format/waits.md} says for whom. */
enum WaitKind {
    NONE,
    TURN,
    FIRST_TURN,
    BARRIER,
    BOUND;

    private static final WaitKind[] ALL = values();

    /** The kind of a published wait; one that this version does not know is none. */
    static WaitKind of(final long wait) {
        final int code = SlotTable.waitKind(wait);
        return code < ALL.length ? ALL[code] : NONE;
    }

    int code() {
        return ordinal();
    }

    /** True if the worker of a slot waits until the worker of another one has come to a barrier, or to a clock. */
    static boolean isForStepsOf(final SlotTable slots, final int waiter, final int other) {
        final long wait = slots.waitAcquire(waiter);
        final long awaited = slots.awaitedAcquire(waiter);
        final boolean isFor = switch (of(wait)) {
            case BARRIER -> slots.barriersAcquire(other) < awaited;
            case BOUND -> slots.clockAcquire(other) < awaited;
            case NONE, TURN, FIRST_TURN -> false;
        };
        return isFor && slots.waitAcquire(waiter) == wait;
    }

    /** What a wait of this kind is for, in words. */
    String describe(final long awaited) {
        return switch (this) {
            case NONE -> "nothing";
            case TURN -> "turn " + awaited;
            case FIRST_TURN -> "all workers to reach their first turn";
            case BARRIER -> "barrier " + awaited;
            case BOUND -> "clock " + awaited + " of the slower workers";
        };
    }
}
