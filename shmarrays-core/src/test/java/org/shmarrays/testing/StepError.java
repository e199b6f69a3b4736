package org.shmarrays.testing;

import org.shmarrays.segment.Step;

/** Throws an Error at a step of the thread that has armed it: once, or from there on at every step that it comes to. */
public final class StepError implements Step.Observer {
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
        private boolean stays;
        private int reached;
        private boolean sprung;
    }

    /** Arms it for this thread; {@code stays} makes each further step throw too, those of a rollback as well. */
    public static void arm(final KillSpot spot, final boolean stays) {
        final Trap trap = TRAP.get();
        trap.spot = spot;
        trap.stays = stays;
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
        if (isThere || trap.stays && trap.sprung) {
            trap.sprung = true;
            throw new Thrown(step);
        }
    }
}
