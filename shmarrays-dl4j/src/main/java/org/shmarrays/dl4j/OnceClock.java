package org.shmarrays.dl4j;

/**
 * How much of a training a listener that is called once for it has been told. The worker that calls it sees only its
 * own steps, and makes up for those of the others. For the thread that trains.
 */
final class OnceClock {
    private final TrainingSegment segment;
    private int iteration;
    private int epoch;
    private boolean isEpochBegun;
    private boolean isInPass;

    /** The calls of a listener. */
    interface Calls {
        void iterationDone(int iteration, int epoch);

        void epochStart(int epoch);

        void epochEnd(int epoch);
    }

    /** A clock that begins at the training's present iteration. */
    OnceClock(final TrainingSegment segment) {
        this.segment = segment;
        iteration = segment.iteration();
        epoch = segment.epoch();
    }

    /** Whether this worker is the one that tells. */
    boolean isFirstRank() {
        return segment.worker().rank() == 0;
    }

    /** A worker that was removed ends its batch while another one is the only worker. */
    private boolean isAlone() {
        return isFirstRank() && segment.worker().worldSize() == 1;
    }

    /**
     * Whether DL4J's call tells the iteration that this worker ends: it is the only worker, and no other one has made
     * iterations that are to be told first.
     */
    boolean isToldByDl4j(final int done, final Calls calls) {
        if (!isAlone() || done != iteration || done + 1 != segment.iteration()) {
            return false;
        }
        if (isInPass) {
            beginEpoch(calls);
        }
        iteration = done + 1; // once, also where the listener throws
        epoch = segment.epoch();
        return true;
    }

    /** Notes that this worker begins a pass; whether DL4J's call tells the epoch: it is the only worker. */
    boolean beginsPassAlone() {
        isInPass = true;
        final boolean isAlone = isAlone();
        isEpochBegun = isEpochBegun || isAlone;
        return isAlone;
    }

    /** Notes that this worker ends a pass; whether DL4J's call tells the epoch: it is the only worker. */
    boolean endsPassAlone() {
        isInPass = false;
        final boolean isAlone = isAlone();
        isEpochBegun = isEpochBegun && !isAlone;
        return isAlone;
    }

    /** Tells what was done since the last call, between two steps of this worker. */
    void advanceBetweenSteps(final Calls calls) {
        if (isAlone()) {
            advanceAlone(calls);
        } else if (isFirstRank()) {
            advance(calls);
        }
    }

    /** Tells what was done since the last call, with a step of this worker. */
    void advanceInStep(final Calls calls) {
        if (isInPass) { // not in a single batch, which DL4J tells no epoch of
            advanceInEpoch(calls);
        } else {
            advance(calls);
        }
    }

    /** Tells all iterations that are done, and the epochs that have ended. */
    private void advance(final Calls calls) {
        final int done = segment.iteration();
        final int present = segment.epoch();
        advance(calls, done);
        while (epoch < present) {
            beginEpoch(calls);
            isEpochBegun = false;
            calls.epochEnd(epoch++);
        }
    }

    private void advance(final Calls calls, final int done) {
        while (iteration < done) {
            calls.iterationDone(iteration++, epoch);
        }
    }

    /** Tells iterations alone: DL4J tells the epochs of the only worker. */
    void advanceIterations(final Calls calls) {
        advance(calls, segment.iteration());
    }

    /**
     * {@link #advance(Calls)}, by the only worker: what others have made before they were removed, and the end of an
     * epoch that began while they were there.
     */
    private void advanceAlone(final Calls calls) {
        if (isEpochBegun) {
            advance(calls);
        } else {
            advanceIterations(calls);
            epoch = segment.epoch(); // DL4J has told those of the only worker
        }
    }

    /**
     * {@link #advance(Calls)}, by a worker that is in a pass over its data. The next epoch is told to begin with a
     * further call: the batch that the worker has in hand may be the last one of the training.
     */
    void advanceInEpoch(final Calls calls) {
        beginEpoch(calls);
        advance(calls);
    }

    /** Tells that the present epoch begins, unless that has been told. */
    void beginEpoch(final Calls calls) {
        if (!isEpochBegun) {
            isEpochBegun = true;
            calls.epochStart(epoch);
        }
    }
}
