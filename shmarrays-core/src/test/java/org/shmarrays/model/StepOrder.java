package org.shmarrays.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * In which order a worker updates a partition, and a recoverer repairs one: the order of the format, or one with
 * mistakes.
 */
final class StepOrder {
    private final Set<Fault> faults;
    private final List<Step> update;
    private final List<Step> repair;
    private final Set<Step> holding;

    StepOrder(final Set<Fault> faults) {
        this.faults = faults;
        this.update = updateSteps();
        this.repair = repairSteps();
        this.holding = EnumSet.copyOf(update.subList(0, update.indexOf(Step.L21_FREE) + 1));
    }

    /** From the lock that is got to the departure. */
    List<Step> update() {
        return update;
    }

    List<Step> repair() {
        return repair;
    }

    /** Whether a process that is about to do this should be alone. */
    boolean isInside(final Step step) {
        return isHolding(step) || step.isRepair();
    }

    /** Whether a process that is about to do this has the lock. */
    boolean isHolding(final Step step) {
        return holding.contains(step);
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
}
