package org.shmarrays.spark;

/**
 * When the common parameters are evaluated, and how.
 *
 * @param everyRounds 0 for never
 */
record RoundEvaluation(int everyRounds, HostEvaluation<Object> evaluation) {
    static final RoundEvaluation NEVER = new RoundEvaluation(0, model -> Double.NaN);

    /** Whether it is due after a round. */
    boolean isDue(final long round) {
        return everyRounds > 0 && (round + 1) % everyRounds == 0;
    }
}
