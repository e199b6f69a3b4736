package org.shmarrays.randomkill;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.StepJournal;

/**
 * Notes the steps of a process as the journal does, and lets time pass before each step of a repair, as a process does
 * that loses its core there: so a kill at a random instant meets a repair at all.
 */
public final class UnhurriedRepair implements Step.Observer {
    private static final Set<Step> REPAIR = EnumSet.range(Step.R1, Step.R6);
    private static final long PAUSE_NS = 20_000;

    private final StepJournal journal = new StepJournal();

    @Override
    public void beforeStep(final Step step) {
        journal.beforeStep(step);
        if (REPAIR.contains(step)) {
            LockSupport.parkNanos(PAUSE_NS);
        }
    }
}
