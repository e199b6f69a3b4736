package org.shmarrays.testing;

import org.shmarrays.internal.segment.Step;

/** Throws an Error at a step of the thread that has armed it, and again at some of the steps that it comes to next. */
public final class StepError implements Step.Observer {
    /** All further steps throw. */
    public static final int ALL = Integer.MAX_VALUE;

    private static final ThreadLocal<Trap> TRAP = ThreadLocal.withInitial(Trap::new);

    /** What is thrown. */
    public static final class Thrown extends Error {
        private static final long serialVersionUID = 1L;

        private Thrown(final Step step) {
            super("at " + step);
        }
    }

    private static final class Trap {
        private KillSpot spot;
        private int further;
        private int reached;
        private boolean sprung;
    }

    /**
     * Arms it for this thread.
     *
     * @param further how many steps after the spot throw too, those of a rollback as well
     */
    public static void arm(final KillSpot spot, final int further) {
        final Trap trap = TRAP.get();
        trap.spot = spot;
        trap.further = further;
        trap.reached = 0;
        trap.sprung = false;
    }

    /** Disarms it; true if it has thrown. */
    public static boolean disarm() {
        final Trap trap = TRAP.get();
        trap.spot = null;
        return trap.sprung;
    }

    @Override
    public void beforeStep(final Step step) {
        final Trap trap = TRAP.get();
        if (trap.spot == null) {
            return;
        }
        final boolean isThere = step == trap.spot.step() && ++trap.reached == trap.spot.time();
        if (isThere || trap.sprung && trap.further-- > 0) {
            trap.sprung = true;
            throw new Thrown(step);
        }
    }
}
