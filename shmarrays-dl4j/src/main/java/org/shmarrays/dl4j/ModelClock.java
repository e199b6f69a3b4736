package org.shmarrays.dl4j;

/**
 * The clock of a training, which a joined model's own counts follow. It is in run control: iterations are the steps of
 * all workers, and an epoch ends when all have gone through their data. For the thread that trains.
 */
final class ModelClock {
    private final ModelSeam seam;
    private final TrainingSegment segment;

    /** The epoch that the model was given. It counts on by itself when it has gone through its data. */
    private int givenEpoch;

    /** Whether the passes of the model's own fit are shares of an epoch. */
    private boolean countsPasses = true;

    ModelClock(final ModelSeam seam, final TrainingSegment segment) {
        this.seam = seam;
        this.segment = segment;
    }

    /** Counts the passes over its data that the model has ended by itself, and gives it the training's epoch. */
    void notePasses() {
        final int ended = seam.epoch() - givenEpoch;
        for (int i = 0; i < ended && countsPasses; i++) {
            segment.control().endPass(segment.worker().worldSize());
        }
        if (ended > 0) { // in the middle of a step the model's counts are left alone
            follow();
        }
    }

    /** Gives the model the training's counts; passes that it counts as ended, and were not noted, were cut off. */
    void follow() {
        givenEpoch = segment.epoch();
        seam.counts(segment.iteration(), givenEpoch);
    }

    /** The passes of the model's own fit, from now on, are not shares of an epoch: their caller counts them. */
    void leavePassesUncounted() {
        notePasses();
        countsPasses = false;
    }

    /** Ends {@link #leavePassesUncounted}. */
    void countPasses() {
        follow();
        countsPasses = true;
    }
}
