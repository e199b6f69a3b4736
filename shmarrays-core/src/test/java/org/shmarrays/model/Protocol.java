package org.shmarrays.model;

import static org.shmarrays.model.State.*;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The protocol of one partition of two blocks. Workers A and B own slots 0 and 1, and C claims the first slot that is
 * free, because its owner has died or departed; each makes one update, which adds a bit of its own to both blocks, and
 * each that finds a dead holder in its way recovers it. A reader without a slot reads once. A, B and C may be killed before
 * any step, all three; the reader writes nothing, so its death would change nothing.
 *
 * <p>A step is what others see as one: one store or one load of shared memory, or one system call. Stores become visible in
 * program order, as a trap leaves them and as the fences of {@code PartitionChange} demand. Left out: the heir and the
 * clocks, which decide who is faster and not who is right; and counters.
 */
final class Protocol {
    static final int PROCESSES = 3;
    private static final int C = 2;

    private static final int READER_BEGIN = 0;
    private static final int READER_COPY_0 = 1;
    private static final int READER_COPY_1 = 2;
    private static final int READER_CHECK = 3;
    private static final int READER_DONE = 4;

    private final Set<Fault> faults;
    private final List<Step> update;
    private final List<Step> repair;

    Protocol(final Set<Fault> faults) {
        this.faults = faults.isEmpty() ? EnumSet.noneOf(Fault.class) : EnumSet.copyOf(faults);
        this.update = updateSteps();
        this.repair = repairSteps();
    }

    private boolean has(final Fault fault) {
        return faults.contains(fault);
    }

    private List<Step> updateSteps() {
        final List<Step> steps = new ArrayList<>();
        for (Step step = Step.U1_VERSION; step != Step.DONE; step = Step.ALL[step.ordinal() + 1]) {
            steps.add(step);
        }
        if (has(Fault.ARMED_AFTER_ODD)) {
            steps.remove(Step.U6_ODD);
            steps.add(steps.indexOf(Step.U3_AREA_VERSION), Step.U6_ODD);
        }
        if (has(Fault.EVEN_BEFORE_DATA)) {
            swap(steps, Step.U11_CHANGE_1, Step.U13_EVEN);
        }
        if (has(Fault.FREED_BEFORE_DISARMED)) {
            swap(steps, Step.U14_DISARM, Step.L21_FREE);
        }
        if (has(Fault.SAVED_AFTER_CHANGE)) {
            swap(steps, Step.U9_VALID_1, Step.U11_CHANGE_1);
        }
        if (has(Fault.VALID_BEFORE_SAVED)) {
            swap(steps, Step.U8_SAVE_0, Step.U9_VALID_0);
        }
        if (has(Fault.DISARM_MISSED)) {
            steps.remove(Step.U14_DISARM);
        }
        return steps;
    }

    private List<Step> repairSteps() {
        final List<Step> steps = new ArrayList<>(List.of(
                Step.R1_VERSION, Step.R2_PUT_BACK_0, Step.R2_PUT_BACK_1, Step.R3_EVEN, Step.R4_DISARM, Step.R4_FREE));
        if (has(Fault.DISARMED_BEFORE_EVEN)) {
            swap(steps, Step.R3_EVEN, Step.R4_DISARM);
        }
        if (has(Fault.FREED_BEFORE_REPAIR)) {
            steps.remove(Step.R4_FREE);
            steps.add(1, Step.R4_FREE);
        }
        return steps;
    }

    private static void swap(final List<Step> steps, final Step one, final Step other) {
        Collections.swap(steps, steps.indexOf(one), steps.indexOf(other));
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

    Step next(final State state, final int process) {
        return Step.ALL[state.get(NEXT + process)];
    }

    /** A process may be killed that lives and is not done. */
    boolean canBeKilled(final State state, final int process) {
        return state.get(ALIVE + process) == 1 && next(state, process) != Step.DONE;
    }

    /** Its locks on files fall with it. */
    void kill(final State state, final int process) {
        state.set(ALIVE + process, 0);
        for (int slot = 0; slot < 2; slot++) {
            if (state.get(FILE + slot) == 1 + process) {
                state.set(FILE + slot, 0);
            }
        }
    }

    /** Number of ways in which the process can go on: 0 when it waits, is done or is dead. */
    int choices(final State state, final int process) {
        if (state.get(ALIVE + process) == 0) {
            return 0;
        }
        return switch (next(state, process)) {
            case DONE -> 0;
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
        final Step step = next(s, process);
        switch (step) {
            case CLAIM_S2_HOLD_FILE -> {
                if (s.get(FILE + choice) == 0) {
                    s.set(FILE + choice, 1 + process);
                    s.set(SLOT_OF_C, choice);
                    s.set(SEEN_GENERATION + process, s.get(GENERATION + choice));
                    go(s, process, has(Fault.CLAIM_WITHOUT_REPAIR) ? Step.CLAIM_S4_GENERATION : Step.T4_FIND);
                }
            }
            case CLAIM_S4_GENERATION -> {
                s.set(GENERATION + own, s.get(GENERATION + own) + 1);
                s.set(C_HAS_CLAIMED, 1);
                go(s, process, Step.LOCK_L2_TAKE);
            }
            case LOCK_L2_TAKE -> {
                if (s.get(LOCK) == 0) {
                    s.set(LOCK, token(s, process));
                    go(s, process, update.get(0));
                } else {
                    go(s, process, Step.T1_LOOK);
                }
            }
            case U1_VERSION -> {
                if ((s.get(VERSION) & 1) != 0) {
                    return Violation.DAMAGED;
                }
                s.set(SEEN_VERSION + process, s.get(VERSION));
                goOn(s, process, update, step);
            }
            case U3_AREA_VERSION -> {
                s.set(AREA_VERSION + own, s.get(SEEN_VERSION + process) + 1);
                goOn(s, process, update, step);
            }
            case U4_NOTHING_VALID -> valid(s, process, own, step, 0);
            case U5_ARM -> {
                s.set(ARMED + own, 1);
                goOn(s, process, update, step);
            }
            case U6_ODD -> {
                s.set(VERSION, s.get(SEEN_VERSION + process) + 1);
                goOn(s, process, update, step);
            }
            case U8_SAVE_0 -> save(s, process, own, step, 0);
            case U8_SAVE_1 -> save(s, process, own, step, 1);
            case U9_VALID_0 -> valid(s, process, own, step, 1);
            case U9_VALID_1 -> valid(s, process, own, step, 2);
            case U11_CHANGE_0 -> change(s, process, step, 0);
            case U11_CHANGE_1 -> change(s, process, step, 1);
            case U13_EVEN -> {
                s.set(VERSION, s.get(SEEN_VERSION + process) + 2);
                goOn(s, process, update, step);
            }
            case U14_DISARM -> {
                s.set(ARMED + own, 0);
                goOn(s, process, update, step);
            }
            case L21_FREE -> {
                if (s.get(LOCK) != token(s, process)) {
                    return Violation.LOCK_LOST;
                }
                s.set(LOCK, 0);
                goOn(s, process, update, step);
            }
            case ACKNOWLEDGE -> {
                s.set(ACKNOWLEDGED + process, 1);
                goOn(s, process, update, step);
            }
            case DEPART -> {
                s.set(FILE + own, 0);
                go(s, process, Step.DONE);
            }
            case T1_LOOK -> {
                final int token = s.get(LOCK);
                s.set(SEEN_GENERATION + process, s.get(GENERATION + area));
                go(s, process, isDeadOwners(s, token) ? Step.T2_HOLD_FILE : Step.LOCK_L2_TAKE);
            }
            case T2_HOLD_FILE -> {
                if (has(Fault.NO_SLOT_FILE_LOCK)) {
                    go(s, process, Step.T3_GENERATION);
                } else if (s.get(FILE + area) == 0) {
                    s.set(FILE + area, 1 + process);
                    go(s, process, Step.T3_GENERATION);
                } else {
                    go(s, process, Step.LOCK_L2_TAKE);
                }
            }
            case T3_GENERATION ->
                go(
                        s,
                        process,
                        s.get(GENERATION + area) == s.get(SEEN_GENERATION + process)
                                ? Step.T4_FIND
                                : Step.T5_CLOSE_FILE);
            case T4_FIND -> {
                final int token = s.get(LOCK);
                if (token != 0
                        && slotOfToken(token) == area
                        && generationOfToken(token) <= s.get(SEEN_GENERATION + process)) {
                    s.set(FOUND_GENERATION + process, generationOfToken(token));
                    go(s, process, repair.get(0));
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
                    goOn(s, process, repair, step);
                } else {
                    return Violation.DAMAGED;
                }
            }
            case R2_PUT_BACK_0 -> putBack(s, process, area, step, 0);
            case R2_PUT_BACK_1 -> putBack(s, process, area, step, 1);
            case R3_EVEN -> {
                final int seen = s.get(SEEN_VERSION + process);
                s.set(VERSION, has(Fault.OLD_EVEN_VERSION) ? seen - 1 : seen + 1);
                goOn(s, process, repair, step);
            }
            case R4_DISARM -> {
                if (!has(Fault.DISARM_MISSED)) {
                    s.set(ARMED + area, 0);
                }
                if ((s.get(SEEN_VERSION + process) & 1) == 0) {
                    go(s, process, Step.R4_FREE);
                } else {
                    goOn(s, process, repair, step);
                }
            }
            case R4_FREE -> {
                if (s.get(LOCK) == 1 + area + 2 * (s.get(FOUND_GENERATION + process) - 1)) {
                    s.set(LOCK, 0);
                }
                if ((s.get(SEEN_VERSION + process) & 1) == 0) {
                    endRecovery(s, process);
                } else {
                    goOn(s, process, repair, step);
                }
            }
            case T5_CLOSE_FILE -> {
                if (s.get(FILE + area) == 1 + process) {
                    s.set(FILE + area, 0);
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
        goOn(s, process, update, step);
    }

    private void valid(final State s, final int process, final int own, final Step step, final int blocks) {
        s.set(VALID + own, blocks);
        goOn(s, process, update, step);
    }

    private void change(final State s, final int process, final Step step, final int block) {
        s.set(DATA + block, s.get(DATA + block) | 1 << process);
        goOn(s, process, update, step);
    }

    private void putBack(final State s, final int process, final int area, final Step step, final int block) {
        if (s.get(VALID + area) > block) {
            s.set(DATA + block, s.get(SAVED + 2 * area + block));
        }
        goOn(s, process, repair, step);
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
        go(s, process, isClaiming(s, process) ? Step.CLAIM_S4_GENERATION : Step.T5_CLOSE_FILE);
    }

    /** What it has seen matters no more: fewer states. */
    private static void forget(final State s, final int process) {
        s.set(SEEN_VERSION + process, 0);
        s.set(SEEN_GENERATION + process, 0);
        s.set(FOUND_GENERATION + process, 0);
    }

    private static boolean isClaiming(final State s, final int process) {
        return process == C && s.get(C_HAS_CLAIMED) == 0;
    }

    private static int slotOf(final State s, final int process) {
        return process == C ? s.get(SLOT_OF_C) : process;
    }

    private static int token(final State s, final int process) {
        return 1 + slotOf(s, process) + (process == C ? 2 : 0);
    }

    private static int slotOfToken(final int token) {
        return token - 1 & 1;
    }

    private static int generationOfToken(final int token) {
        return (token - 1 >> 1) + 1;
    }

    /** Dead is the owner of an older generation, and who was killed. */
    private static boolean isDeadOwners(final State s, final int token) {
        if (token == 0) {
            return false;
        }
        final int generation = generationOfToken(token);
        final int owner = generation == 1 ? slotOfToken(token) : C;
        return generation < s.get(GENERATION + slotOfToken(token)) || s.get(ALIVE + owner) == 0;
    }

    boolean readerCanStep(final State s) {
        return s.get(READER) != READER_DONE && !(s.get(READER) == READER_BEGIN && (s.get(VERSION) & 1) != 0);
    }

    /** V1 to V6 of {@code docs/format/versions.md}. */
    Violation readerStep(final State s) {
        final int reader = s.get(READER);
        switch (reader) {
            case READER_BEGIN -> {
                s.set(READ_VERSION, s.get(VERSION));
                s.set(ACKNOWLEDGED_BEFORE, acknowledged(s));
                s.set(READER, READER_COPY_0);
            }
            case READER_COPY_0, READER_COPY_1 -> {
                s.set(READ + reader - READER_COPY_0, s.get(DATA + reader - READER_COPY_0));
                s.set(READER, reader + 1);
            }
            default -> {
                final boolean accepted = s.get(VERSION) == s.get(READ_VERSION) || has(Fault.READ_CHECKED_ONCE);
                final int first = s.get(READ);
                final int second = s.get(READ + 1);
                final int before = s.get(ACKNOWLEDGED_BEFORE);
                s.set(READER, accepted ? READER_DONE : READER_BEGIN);
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
        }
        return null;
    }

    private static int acknowledged(final State s) {
        return s.get(ACKNOWLEDGED) | s.get(ACKNOWLEDGED + 1) << 1 | s.get(ACKNOWLEDGED + 2) << 2;
    }

    /** What is broken in a state, or null. */
    Violation brokenIn(final State s) {
        int inside = 0;
        for (int process = 0; process < PROCESSES; process++) {
            if (s.get(ALIVE + process) == 1 && isInside(next(s, process))) {
                inside++;
            }
        }
        if (inside > 1) {
            return Violation.TWO_HOLDERS;
        }
        for (int slot = 0; slot < 2; slot++) {
            if (s.get(ARMED + slot) == 1 && (s.get(LOCK) == 0 || slotOfToken(s.get(LOCK)) != slot)) {
                return Violation.STRAY_UNDO_AREA;
            }
        }
        if (s.get(LOCK) == 0) {
            if (s.get(DATA) != s.get(DATA + 1)) {
                return Violation.HALF_UPDATE;
            }
            if ((s.get(DATA) & acknowledged(s)) != acknowledged(s)) {
                return Violation.LOST_UPDATE;
            }
            if ((s.get(VERSION) & 1) != 0) {
                return Violation.DAMAGED;
            }
        }
        return null;
    }

    private boolean isInside(final Step step) {
        final int index = update.indexOf(step);
        return index >= 0 && index <= update.indexOf(Step.L21_FREE) || step.isRepair();
    }

    /** Who lives has got through; the reader too, unless a dead worker's lock is left, which nobody needed. */
    boolean isEnd(final State s) {
        for (int process = 0; process < PROCESSES; process++) {
            if (canBeKilled(s, process)) {
                return false;
            }
        }
        return s.get(READER) == READER_DONE || isDeadOwners(s, s.get(LOCK));
    }
}
