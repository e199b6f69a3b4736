package org.shmarrays.internal.worker;

/**
 * Which worker of which run the owner of a slot is.
 *
 * @param rank from 0, or -1 for an owner that is no worker of a run
 * @param worldSize number of workers of the run
 * @param runId which run; negative for one that was drawn, because its workers named none
 * @param firstWorldSize number of workers that the run began with: so many ranks are waited for also before they have
 *     come
 * @param late whether the run was under way when the worker joined it: it was started again, or added
 */
record WorkerRole(int rank, int worldSize, long runId, int firstWorldSize, boolean late) {
    /** Of a coordinator, an evaluator, or a tool. */
    static final WorkerRole NONE = new WorkerRole(-1, 0, 0, 0, false);

    boolean isWorker() {
        return rank >= 0;
    }
}
