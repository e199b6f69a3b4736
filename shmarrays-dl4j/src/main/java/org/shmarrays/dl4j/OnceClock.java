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

    /** Whether an iteration is the next one to tell, and the last one that is done: else other workers made some. */
    boolean isNextAndLast(final int done) {
        return done == iteration && done + 1 == segment.iteration();
    }

    /** Notes that DL4J tells an iteration itself, which {@link #isNextAndLast}. */
    void told(final int done) {
        iteration = done + 1;
        epoch = segment.epoch();
    }

    /** Notes that DL4J tells the beginning or the end of an epoch itself. */
    void isEpochBegun(final boolean isBegun) {
        isEpochBegun = isBegun;
    }

    /** Tells all iterations that are done, and the epochs that have ended. */
    void advance(final Calls calls) {
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
    void advanceAlone(final Calls calls) {
        if (isEpochBegun) {
            advance(calls);
        } else {
            advanceIterations(calls);
            passEpochs();
        }
    }

    /** Skips epochs of the only worker, which DL4J has told. */
    void passEpochs() {
        if (!isEpochBegun) {
            epoch = segment.epoch();
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
