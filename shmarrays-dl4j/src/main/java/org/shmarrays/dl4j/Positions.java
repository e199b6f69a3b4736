package org.shmarrays.dl4j;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.shmarrays.RunControl;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/**
 * How far the workers of a run have come with their data, in an array of the segment, and how far this process has: a
 * worker that is started again begins with the first pass of its program, one that leaves a training and joins it again
 * in the same process does not. For the thread that trains.
 */
final class Positions {
    private static final String NAME = "positions";

    /** A rank of a run. */
    record Rank(UUID segment, long runId, int rank) {}

    /** The pass of the run at which each rank of this process is. */
    private static final Map<Rank, Integer> HERE = new ConcurrentHashMap<>();

    /** Fits that each rank of this process has begun. */
    private static final Map<Rank, Integer> FITS_HERE = new ConcurrentHashMap<>();

    /** The last pass that each rank of this process has begun over all batches. */
    private static final Map<Rank, Integer> BEGUN_HERE = new ConcurrentHashMap<>();

    private final Rank rank;
    private final Claims claims;

    /**
     * The positions of a worker.
     *
     * @param resumes as of {@link TrainingOptions#resuming}
     */
    Positions(final ShmArrays arrays, final Worker worker, final boolean resumes) {
        rank = new Rank(arrays.uid(), worker.runId(), worker.rank());
        final RunControl control = arrays.runControl();
        claims = new Claims(
                new SharedWords(arrays, NAME),
                worker.rank(),
                new Claims.Run(
                        mixed(segment(rank.segment), rank.runId),
                        () -> mixed(segment(rank.segment), control.restores()) | 1, // never 0
                        control::isRestoredWhole,
                        worker.isLate(),
                        resumes),
                worker::isAlive);
    }

    private static long segment(final UUID uid) {
        return uid.getMostSignificantBits() ^ uid.getLeastSignificantBits();
    }

    /** Of the segment too, because a checkpoint may bring the words of a run of the same id. */
    private static long mixed(final long segment, final long number) {
        return new SplittableRandom(segment ^ new SplittableRandom(number).nextLong()).nextLong();
    }

    static ArraySpec spec() {
        return ArraySpec.of(NAME, ElementType.INT64, Claims.LENGTH).inMode(Mode.HOGWILD);
    }

    Claims claims() {
        return claims;
    }

    /**
     * Batches that an earlier process of this rank has done of a pass that this one begins, where each worker goes
     * through all batches itself. None if this process has begun the pass before: then it begins it again.
     */
    int batchesToSkip(final int pass) {
        final int begun = BEGUN_HERE.getOrDefault(rank, 0);
        BEGUN_HERE.put(rank, pass);
        return begun >= pass ? 0 : claims.ownBatches(pass);
    }

    /** The number of the fit that this worker begins, from 1 on: all workers have the same fits. */
    int beginFit() {
        return FITS_HERE.merge(rank, 1, Integer::sum);
    }

    /** The pass of the run with which this process goes on. */
    int nextPass() {
        return HERE.computeIfAbsent(rank, own -> claims.firstPass());
    }

    void nextPass(final int pass) {
        HERE.put(rank, pass);
    }
}
