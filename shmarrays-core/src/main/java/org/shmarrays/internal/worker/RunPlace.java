package org.shmarrays.internal.worker;

/**
 * A worker's place in a run that it joins.
 *
 * @param clock steps that it has made: those of its rank; for a rank that was added to the run those of the slowest
 *     worker
 * @param barriers that it has come to: for one that joins late as many as the others have come to
 */
record RunPlace(WorkerRole role, long clock, long barriers) {
    /** The place of an owner that is no worker. */
    static final RunPlace NONE = new RunPlace(WorkerRole.NONE, 0, 0);
}
