package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.Map;
import org.shmarrays.RunControl;
import org.shmarrays.status.SegmentStatus;

/** The workers of a training and what they share, as their coordinator sees them. For the coordinator's thread. */
interface Workers {
    /** The status of the segment and of each worker. */
    SegmentStatus status();

    RunControl control();

    /**
     * The parameters as they are now; when the workers have ended, as they were at the end.
     *
     * @throws org.shmarrays.segment.SegmentVanishedException if the segment was taken away while they train
     */
    Map<String, float[]> values();

    /** Whether a worker is ready once it is attached; else after its first barrier. */
    boolean areReadyWhenAttached();

    /** Whether all have ended, well or not. */
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
