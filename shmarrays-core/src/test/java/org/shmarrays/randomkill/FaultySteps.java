package org.shmarrays.randomkill;

import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.StepError;

/** Notes the steps of a process, repairs without hurry, and throws an Error where {@link StepError} is armed. */
public final class FaultySteps implements Step.Observer {
    private final UnhurriedRepair repair = new UnhurriedRepair();
    private final StepError error = new StepError();

    @Override
    public void beforeStep(final Step step) {
        repair.beforeStep(step);
        error.beforeStep(step);
    }
}
