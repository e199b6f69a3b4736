package org.shmarrays.dl4j;

import java.util.NoSuchElementException;

/**
 * Gives a worker its batches of one pass, one by one, until the pass has ended for it, or is cut off by a stop. A batch
 * is done when it is pushed, or when the next one is asked for. For the thread that trains.
 */
abstract class Dealer implements BatchSource {
    private final Steps steps;
    private boolean isReady;
    private boolean isEnded;
    private boolean cutOff;

    /** What a dealer needs of the training. */
    interface Steps {
        /** Whether to end the pass before the next batch. */
        boolean shouldStop();

        /** Waits for the worker's turn, in which it learns what its next batch is; at once where there are none. */
        void takeTurn();

        /** Ends the turn without a step. */
        void giveTurnBack();

        /** Says that the next step is of a new batch, and what to call when it is pushed. */
        void announceBatch(Runnable whenPushed);

        /** Waits for other workers for a moment, as long as they make steps; the worker has no turn. */
        void pause();

        /**
         * Warns of data that is not trained on.
         *
         * @param what is wrong
         * @param values that belong to it
         * @param advice what to do
         */
        void warn(String what, String values, String advice);
    }

    Dealer(final Steps steps) {
        this.steps = steps;
    }

    /** Comes to the worker's next batch; false if there is none. */
    abstract boolean advance();

    /** Loads the batch that {@link #advance} has come to. */
    abstract Object load();

    /** The batch that was loaded last is pushed; called once or twice for it. */
    abstract void done();

    /** Gives back what is not done: a step has failed. */
    abstract void giveBack();

    /** Frees what the pass has used. */
    abstract void close();

    /** Once true it stays so until {@link #next}, although a stop may be asked for meanwhile. */
    @Override
    public final boolean hasNext() {
        if (isReady) {
            return true;
        }
        if (isEnded) {
            return false;
        }
        done();
        if (isToStop()) {
            return false;
        }
        steps.takeTurn();
        try {
            isReady = !isToStop() && advance();
        } finally {
            if (!isReady) {
                steps.giveTurnBack();
            }
        }
        isEnded = !isReady;
        if (isReady) {
            steps.announceBatch(this::done);
        }
        return isReady;
    }

    private boolean isToStop() {
        if (steps.shouldStop()) {
            cutOff = true;
            isEnded = true;
        }
        return cutOff;
    }

    @Override
    public final Object next() {
        if (!hasNext()) {
            throw new NoSuchElementException("no batch of this pass is left for this worker");
        }
        isReady = false;
        return load();
    }

    /** False, because the source reads ahead where it can. */
    @Override
    public final boolean asyncSupported() {
        return false;
    }

    /** Lets the others go on for a moment; false if the pass is to end. */
    final boolean pause() {
        steps.giveTurnBack();
        steps.pause();
        if (isToStop()) {
            return false;
        }
        steps.takeTurn();
        return true;
    }

    /** Whether the pass has ended because of a stop. */
    final boolean isCutOff() {
        return cutOff;
    }
}
