package org.shmarrays.spark;

/**
 * Which checkpoints a training writes, and from which one it goes on.
 *
 * @param directory in which they are, or null for none
 * @param everyRounds rounds between two of them
 * @param resumed directory or file of the one to go on from, or null
 * @param mayBeMissing whether the training begins if there is none to go on from
 */
record RoundCheckpoints(String directory, long everyRounds, String resumed, boolean mayBeMissing) {
    static final RoundCheckpoints NONE = new RoundCheckpoints(null, Long.MAX_VALUE, null, true);

    /** The same with other checkpoints that are written. */
    RoundCheckpoints to(final String newDirectory, final long newEveryRounds) {
        return new RoundCheckpoints(newDirectory, newEveryRounds, resumed, mayBeMissing);
    }

    /** The same with another one to go on from. */
    RoundCheckpoints from(final String newResumed, final boolean newMayBeMissing) {
        return new RoundCheckpoints(directory, everyRounds, newResumed, newMayBeMissing);
    }
}
