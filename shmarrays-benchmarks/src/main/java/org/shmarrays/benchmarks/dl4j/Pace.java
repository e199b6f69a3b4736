package org.shmarrays.benchmarks.dl4j;

import java.util.concurrent.TimeUnit;
import org.shmarrays.benchmarks.harness.Effort;

/**
 * How long a training is watched. Models of DL4J make so few steps a second that they warm up more slowly than what
 * {@link Effort} is for.
 *
 * @param sliceMs a slice of the warm-up, after which compilers are looked at
 * @param fewestSlices of a warm-up
 * @param mostSlices of a warm-up, where compilers do not come to rest
 * @param windowMs what is measured, at least
 * @param windowSteps steps of each worker that are measured, at least
 * @param images of the training set
 * @param trainedSteps that all workers together make, at least, before the model is evaluated
 */
record Pace(
        long sliceMs, int fewestSlices, int mostSlices, long windowMs, int windowSteps, int images, int trainedSteps) {
    private static final int ALL_IMAGES = 60_000 / Dl4jWorkload.BATCH * Dl4jWorkload.BATCH;

    static Pace of(final Effort effort) {
        if (effort.isSmoke()) {
            return new Pace(100, 1, 1, 100, 2, 50 * Dl4jWorkload.BATCH, 50);
        }
        return effort.quick()
                ? new Pace(1_000, 3, 10, 4_000, 20, ALL_IMAGES, 200)
                : new Pace(2_000, 5, 20, 15_000, 100, ALL_IMAGES, 200);
    }

    long sliceNs() {
        return TimeUnit.MILLISECONDS.toNanos(sliceMs);
    }

    long windowNs() {
        return TimeUnit.MILLISECONDS.toNanos(windowMs);
    }
}
