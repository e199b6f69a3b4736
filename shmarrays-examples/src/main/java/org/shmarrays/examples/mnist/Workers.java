package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/** The workers of a training and what they share, as their coordinator sees them. For the coordinator's thread. */
interface Workers {
    /** Between two looks whether all are ready. */
    long POLL_NS = 2_000_000;

    /** For the start of all. */
    long START_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(3);

    /** The parameters before the first step. */
    Map<String, float[]> initialValues();

    /**
     * Waits until the segment is there; before that there is no status, no control, and no values but the initial ones.
     *
     * @throws RuntimeException if the workers end before
     */
    void awaitSegment(Settings settings) throws InterruptedException;

    /** In how many streams of the training set an epoch goes through it: 1 where the workers share its batches. */
    int streams();

    /** The model as snapshots are evaluated with it, in batches of at most {@link Evaluator#BATCH_SIZE} images. */
    Classifier classifier();

    /** The status of the segment and of each worker. */
    SegmentStatus status();

    RunControl control();

    /**
     * The parameters as they are now; when the workers have ended, as they were at the end.
     *
     * @throws org.shmarrays.errors.SegmentVanishedException if the segment was taken away while they train
     */
    Map<String, float[]> values();

    /** Whether this worker has come to the point where it begins to train as soon as the others are ready, too. */
    boolean isReady(WorkerStatus worker);

    /** How many there are to be. */
    int wanted();

    /**
     * Waits until all that are to be are ready.
     *
     * @throws IllegalStateException if one fails before, or if it takes more than three minutes
     */
    default void awaitReady() throws InterruptedException {
        final long began = System.nanoTime();
        while (status().workers().stream()
                        .filter(worker -> worker.hasRank() && isReady(worker))
                        .count()
                < wanted()) {
            final boolean haveEnded = haveEnded();
            failIfAnyFailed();
            if (haveEnded || System.nanoTime() - began > START_TIMEOUT_NS) {
                throw new IllegalStateException("the workers did not all start: workers=" + wanted());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** Whether all have ended, well or not; to be asked again and again, also so that `shmarrays scale` has effect. */
    boolean haveEnded() throws InterruptedException;

    /** Waits until all have ended; returns whether they have. */
    boolean awaitEnd(Duration timeout) throws InterruptedException;

    /**
     * Throws if they have ended because one failed.
     *
     * @throws IllegalStateException with the last words of the worker
     */
    void failIfAnyFailed();
}
