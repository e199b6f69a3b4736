package org.shmarrays.internal.kernel;

import org.shmarrays.update.UpdateFunction;

/** An update of {@link org.shmarrays.update.Updates}: it makes no callbacks. */
public abstract class ReadyMade extends UpdateFunction {
    ReadyMade(final String name, final int stateCount) {
        super(name, stateCount);
    }
}
