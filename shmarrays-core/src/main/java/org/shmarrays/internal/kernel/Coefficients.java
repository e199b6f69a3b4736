package org.shmarrays.internal.kernel;

/** The coefficients of a formula for one step, computed again only when another step gives others. For one thread. */
final class Coefficients {
    /** In the order of the formula. */
    final double[] values = new double[Formula.MOST_COEFFICIENTS];

    private FormulaUpdate update;
    private long step;

    /** Whether they are those of this update and step. */
    boolean areOf(final FormulaUpdate other, final long otherStep) {
        return update == other && other.isSame(otherStep, step);
    }

    /** Makes them those of an update and a step. */
    void prepare(final FormulaUpdate next, final long nextStep) {
        if (!areOf(next, nextStep)) {
            update = null; // an Error may come before the coefficients are all there
            next.coefficients(nextStep, values);
            step = nextStep;
            update = next;
        }
    }

    /** The formula that they belong to. */
    Formula formula() {
        return update.formula();
    }
}
