package org.shmarrays.model;

import static org.shmarrays.model.State.*;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The protocol of one partition of two blocks. Workers A and B own slots 0 and 1, and C claims the first slot that is
 * free, because its owner has died or departed; each makes one update, which adds a bit of its own to both blocks, and
 * each that finds a dead holder in its way recovers it. A {@link Reader} reads once. A, B and C may be killed before
 * any step, all three; the reader writes nothing, so its death would change nothing. A may abandon its slot before any
 * step that it does with the lock in its hand, and lives on; it closes its slot's file at some time, or never.
 *
 * <p>A step is what others see as one: one store or one load of shared memory, or one system call. Stores become
 * visible in program order, as a trap leaves them and as the fences of {@code PartitionChange} demand. Left out: the
 * reserved waiter and the clocks, which decide which worker is faster and not which is right; and counters.
 */
final class Protocol {
    static final int PROCESSES = 3;
    private static final int C = 2;

    private final Set<Fault> faults;
    private final StepOrder order;
    private final Reader reader;
    private final Invariants invariants;

    Protocol(final Set<Fault> faults) {
        this.faults = faults.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(faults);
        this.order = new StepOrder(this.faults);
        this.reader = new Reader(this.faults);
        this.invariants = new Invariants(order);
    }

    private boolean has(final Fault fault) {
        return faults.contains(fault);
    }

    State initial() {
        final State state = new State();
        for (int process = 0; process < PROCESSES; process++) {
            state.set(ALIVE + process, 1);
            state.set(NEXT + process, (process == C ? Step.CLAIM_S2_HOLD_FILE : Step.LOCK_L2_TAKE).ordinal());
        }
        for (int slot = 0; slot < 2; slot++) {
            state.set(GENERATION + slot, 1);
            state.set(FILE + slot, 1 + slot);
        }
        return state;
    }

    /** A process may be killed that lives and is not done. */
    boolean canBeKilled(final State state, final int process) {
        return state.get(ALIVE + process) == 1
                && state.next(process) != Step.DONE
                && (state.next(process) != Step.ABANDONED || state.get(FILE + process) == 1 + process);
    }

    /** A holder may abandon its slot; one is enough. */
    boolean canAbandon(final State state, final int process) {
        return process == 0
                && state.get(ALIVE + process) == 1
                && state.get(STATE + process) == ACTIVE
                && order.isHolding(state.next(process))
                && state.get(LOCK) == token(state, process);
    }

    /** It is one store. */
    void abandon(final State state, final int process) {
        state.set(STATE + process, ABANDONED);
        if (!has(Fault.STORED_AFTER_ABANDONING)) {
            state.set(SEEN_VERSION + process, 0);
            go(state, process, Step.ABANDONED);
        }
    }

    /**
     * A worker that has abandoned its slot may close the slot's file, whatever the others do meanwhile; no one must
     * rely on it.
     */
    boolean canClose(final State state, final int process) {
        return state.get(ALIVE + process) == 1
                && state.next(process) == Step.ABANDONED
                && state.get(FILE + process) == 1 + process;
    }

    void close(final State state, final int process) {
        state.set(FILE + process, 0);
    }

    /** Its locks on files fall with it. */
    void kill(final State state, final int process) {
        state.set(ALIVE + process, 0);
        for (int slot = 0; slot < 2; slot++) {
            if (state.get(FILE + slot) == 1 + process) {
                state.set(FILE + slot, 0);
            }
        }
        if (state.get(ABANDONED_FILE) == 1 + process) {
            state.set(ABANDONED_FILE, 0);
        }
    }

    /** Number of ways in which the process can go on: 0 when it waits, is done or is dead. */
    int choices(final State state, final int process) {
        if (state.get(ALIVE + process) == 0) {
            return 0;
        }
        return switch (state.next(process)) {
            case DONE, ABANDONED -> 0;
            case CLAIM_S2_HOLD_FILE -> 2;
            case LOCK_L2_TAKE -> state.get(LOCK) == 0 || isDeadOwners(state, state.get(LOCK)) ? 1 : 0;
            default -> 1;
        };
    }

    /**
     * Does the next step of a process.
     *
     * @return what that breaks at once, or null
     */
    Violation step(final State s, final int process, final int choice) {
        final int own = slotOf(s, process);
        final int area = isClaiming(s, process) ? own : 1 - own;
        final Step step = s.next(process);
        switch (step) {
            case CLAIM_S2_HOLD_FILE -> {
                if (s.get(FILE + choice) == 0) {
                    s.set(FILE + choice, 1 + process);
                    s.set(SLOT_OF_C, choice);
                    s.set(SEEN_GENERATION + process, s.get(GENERATION + choice));
                    go(s, process, has(Fault.CLAIM_WITHOUT_REPAIR) ? Step.CLAIM_S4_GENERATION : Step.CLAIM_S3_FREE);
                }
            }
            case CLAIM_S3_FREE -> {
                final boolean needsLock = s.get(STATE + own) == ABANDONED && !has(Fault.CLAIM_WITHOUT_ABANDONED_LOCK);
                if (needsLock && s.get(ABANDONED_FILE) != 0) {
                    s.set(FILE + own, 0);
                    s.set(SLOT_OF_C, 0);
                    forget(s, process);
                    go(s, process, Step.CLAIM_S2_HOLD_FILE);
                } else {
                    if (needsLock) {
                        s.set(ABANDONED_FILE, 1 + process);
                    }
                    s.set(STATE + own, FREE_OR_DEPARTED);
                    go(s, process, Step.T4_FIND);
                }
            }
            case CLAIM_S4_GENERATION -> {
                if (s.get(ABANDONED_FILE) == 1 + process) {
                    s.set(ABANDONED_FILE, 0);
                }
                s.set(GENERATION + own, s.get(GENERATION + own) + 1);
                s.set(STATE + own, ACTIVE);
                s.set(C_HAS_CLAIMED, 1);
                go(s, process, Step.LOCK_L2_TAKE);
            }
            case LOCK_L2_TAKE -> {
                if (s.get(LOCK) == 0) {
                    s.set(LOCK, token(s, process));
                    go(s, process, order.update().get(0));
                } else {
                    go(s, process, Step.T1_LOOK);
                }
            }
            case U1_VERSION -> {
                if ((s.get(VERSION) & 1) != 0) {
                    return Violation.DAMAGED;
                }
                s.set(SEEN_VERSION + process, s.get(VERSION));
                goOn(s, process, order.update(), step);
            }
            case U3_AREA_VERSION -> {
                s.set(AREA_VERSION + own, s.get(SEEN_VERSION + process) + 1);
                goOn(s, process, order.update(), step);
            }
            case U4_NOTHING_VALID -> valid(s, process, own, step, 0);
            case U5_ARM -> {
                s.set(ARMED + own, 1);
                goOn(s, process, order.update(), step);
            }
            case U6_ODD -> {
                s.set(VERSION, s.get(SEEN_VERSION + process) + 1);
                goOn(s, process, order.update(), step);
            }
            case U8_SAVE_0 -> save(s, process, own, step, 0);
            case U8_SAVE_1 -> save(s, process, own, step, 1);
            case U9_VALID_0 -> valid(s, process, own, step, 1);
            case U9_VALID_1 -> valid(s, process, own, step, 2);
            case U11_CHANGE_0 -> change(s, process, step, 0);
            case U11_CHANGE_1 -> change(s, process, step, 1);
            case U13_EVEN -> {
                s.set(VERSION, s.get(SEEN_VERSION + process) + 2);
                goOn(s, process, order.update(), step);
            }
            case U14_DISARM -> {
                s.set(ARMED + own, 0);
                goOn(s, process, order.update(), step);
            }
            case L21_FREE -> {
                if (s.get(LOCK) != token(s, process)) {
                    return Violation.LOCK_LOST;
                }
                s.set(LOCK, 0);
                goOn(s, process, order.update(), step);
            }
            case ACKNOWLEDGE -> {
                s.set(ACKNOWLEDGED + process, 1);
                goOn(s, process, order.update(), step);
            }
            case DEPART -> {
                s.set(FILE + own, 0);
                go(s, process, Step.DONE);
            }
            case T1_LOOK -> {
                final int token = s.get(LOCK);
                s.set(SEEN_GENERATION + process, s.get(GENERATION + area));
                s.set(SEEN_ABANDONED + process, s.get(STATE + area) == ABANDONED ? 1 : 0);
                go(s, process, isDeadOwners(s, token) ? Step.T2_HOLD_FILE : Step.LOCK_L2_TAKE);
            }
            case T2_HOLD_FILE -> {
                final int file = isUnderAbandonedLock(s, process) ? ABANDONED_FILE : FILE + area;
                if (has(Fault.NO_SLOT_FILE_LOCK)) {
                    go(s, process, Step.T3_GENERATION);
                } else if (s.get(file) == 0) {
                    s.set(file, 1 + process);
                    go(s, process, Step.T3_GENERATION);
                } else {
                    forget(s, process);
                    go(s, process, Step.LOCK_L2_TAKE);
                }
            }
            case T3_GENERATION ->
                go(
                        s,
                        process,
                        s.get(GENERATION + area) == s.get(SEEN_GENERATION + process)
                                        && (s.get(STATE + area) == ABANDONED) == (s.get(SEEN_ABANDONED + process) == 1)
                                ? Step.T4_FIND
                                : Step.T5_CLOSE_FILE);
            case T4_FIND -> {
                final int token = s.get(LOCK);
                if (token != 0
                        && Token.slot(token) == area
                        && Token.generation(token) <= s.get(SEEN_GENERATION + process)) {
                    s.set(FOUND_GENERATION + process, Token.generation(token));
                    go(s, process, order.repair().get(0));
                } else {
                    endRecovery(s, process);
                }
            }
            case R1_VERSION -> {
                final int version = s.get(VERSION);
                s.set(SEEN_VERSION + process, version);
                if ((version & 1) == 0) {
                    go(s, process, Step.R4_DISARM);
                } else if (s.get(ARMED + area) == 1
                        && (s.get(AREA_VERSION + area) == version || has(Fault.VERSION_NOT_COMPARED))) {
                    goOn(s, process, order.repair(), step);
                } else {
                    return Violation.DAMAGED;
                }
            }
            case R2_PUT_BACK_0 -> putBack(s, process, area, step, 0);
            case R2_PUT_BACK_1 -> putBack(s, process, area, step, 1);
            case R3_EVEN -> {
                final int seen = s.get(SEEN_VERSION + process);
                s.set(VERSION, has(Fault.OLD_EVEN_VERSION) ? seen - 1 : seen + 1);
                goOn(s, process, order.repair(), step);
            }
            case R4_DISARM -> {
                if (!has(Fault.DISARM_MISSED)) {
                    s.set(ARMED + area, 0);
                }
                if ((s.get(SEEN_VERSION + process) & 1) == 0) {
                    go(s, process, Step.R4_FREE);
                } else {
                    goOn(s, process, order.repair(), step);
                }
            }
            case R4_FREE -> {
                if (s.get(LOCK) == Token.of(area, s.get(FOUND_GENERATION + process))) {
                    s.set(LOCK, 0);
                }
                if ((s.get(SEEN_VERSION + process) & 1) == 0) {
                    endRecovery(s, process);
                } else {
                    goOn(s, process, order.repair(), step);
                }
            }
            case T5_DEPARTED -> {
                s.set(STATE + area, FREE_OR_DEPARTED);
                go(s, process, Step.T5_CLOSE_FILE);
            }
            case T5_CLOSE_FILE -> {
                final int file = isUnderAbandonedLock(s, process) ? ABANDONED_FILE : FILE + area;
                if (s.get(file) == 1 + process) {
                    s.set(file, 0);
                }
                forget(s, process);
                go(s, process, Step.LOCK_L2_TAKE);
            }
            default -> throw new IllegalStateException(step.toString());
        }
        return null;
    }

    private void save(final State s, final int process, final int own, final Step step, final int block) {
        s.set(SAVED + 2 * own + block, s.get(DATA + block));
        goOn(s, process, order.update(), step);
    }

    private void valid(final State s, final int process, final int own, final Step step, final int blocks) {
        s.set(VALID + own, blocks);
        goOn(s, process, order.update(), step);
    }

    private void change(final State s, final int process, final Step step, final int block) {
        s.set(DATA + block, s.get(DATA + block) | 1 << process);
        goOn(s, process, order.update(), step);
    }

    private void putBack(final State s, final int process, final int area, final Step step, final int block) {
        if (s.get(VALID + area) > block) {
            s.set(DATA + block, s.get(SAVED + 2 * area + block));
        }
        goOn(s, process, order.repair(), step);
    }

    private static void go(final State s, final int process, final Step step) {
        s.set(NEXT + process, step.ordinal());
    }

    private void goOn(final State s, final int process, final List<Step> steps, final Step step) {
        final int next = steps.indexOf(step) + 1;
        if (next < steps.size()) {
            go(s, process, steps.get(next));
        } else {
            endRecovery(s, process);
        }
    }

    private void endRecovery(final State s, final int process) {
        go(s, process, isClaiming(s, process) ? Step.CLAIM_S4_GENERATION : Step.T5_DEPARTED);
    }

    /** What it has seen matters no more: fewer states. */
    private static void forget(final State s, final int process) {
        s.set(SEEN_VERSION + process, 0);
        s.set(SEEN_GENERATION + process, 0);
        s.set(FOUND_GENERATION + process, 0);
        s.set(SEEN_ABANDONED + process, 0);
    }

    private boolean isUnderAbandonedLock(final State s, final int process) {
        return s.get(SEEN_ABANDONED + process) == 1 && !has(Fault.ABANDONED_UNDER_SLOT_FILE);
    }

    private static boolean isClaiming(final State s, final int process) {
        return process == C && s.get(C_HAS_CLAIMED) == 0;
    }

    private static int slotOf(final State s, final int process) {
        return process == C ? s.get(SLOT_OF_C) : process;
    }

    private static int token(final State s, final int process) {
        return Token.of(slotOf(s, process), process == C ? 2 : 1);
    }

    /** Dead is the owner of an older generation, and who was killed, or has abandoned its slot. */
    private static boolean isDeadOwners(final State s, final int token) {
        if (token == 0) {
            return false;
        }
        final int generation = Token.generation(token);
        final int owner = generation == 1 ? Token.slot(token) : C;
        return generation < s.get(GENERATION + Token.slot(token))
                || s.get(ALIVE + owner) == 0
                || s.get(STATE + Token.slot(token)) != ACTIVE;
    }

    Reader reader() {
        return reader;
    }

    Invariants invariants() {
        return invariants;
    }

    /** Each live worker has got through; the reader too, unless a dead worker's lock is left that no one needed. */
    boolean isEnd(final State s) {
        for (int process = 0; process < PROCESSES; process++) {
            if (s.next(process) != Step.ABANDONED && canBeKilled(s, process)) {
                return false;
            }
        }
        return reader.isDone(s) || isDeadOwners(s, s.get(LOCK));
    }
}
