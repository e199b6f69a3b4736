package org.shmarrays.dl4j;

import java.util.List;
import org.shmarrays.dl4j.Claims.Unit;
import org.shmarrays.worker.Worker;

/** One fit of a worker: which passes of the run it has, and how it ends for all workers. For the thread that trains. */
final class WorkerFit {
    private static final System.Logger LOGGER = System.getLogger(WorkerFit.class.getName());

    private final TrainingSegment segment;
    private final Claims claims;
    private final boolean everyBatch;
    private final int epochs;
    private final int number;

    /** Its first pass, and the pass after its last one. */
    private final int first;

    private final long end;

    /**
     * Begins a fit.
     *
     * @param everyBatch whether the worker takes all batches, because the workers don't share them
     */
    WorkerFit(final TrainingSegment segment, final boolean everyBatch, final int epochs) {
        this.segment = segment;
        this.claims = segment.positions().claims();
        this.everyBatch = everyBatch;
        this.epochs = epochs;
        this.number = segment.positions().beginFit();
        this.first = segment.positions().nextPass();
        this.end = (long) first + epochs;
    }

    /** Whether the workers meet after each pass: in mode ORDERED, where each of them takes all batches. */
    boolean meetsInPasses() {
        return everyBatch && segment.isOrdered();
    }

    /** Where workers meet after each pass, all of them do those passes that were under way when the end was decided. */
    boolean isEndedBefore(final int ofFit) {
        return meetsInPasses() ? worker().shouldStop() || segment.stopping().isDecidedBefore(ofFit) : isToStop();
    }

    /** Whether to end it. Another worker may have seen a stop that this one has not, before it was taken back. */
    boolean isToStop() {
        final int next = everyBatch ? 0 : claims.passAfterCut(number, first);
        return segment.shouldStop() || next > 0 && segment.positions().nextPass() >= next - Claims.CUT;
    }

    /** Whether it was cut off for all workers. */
    private boolean isCut() {
        return claims.passAfterCut(number, first) > 0;
    }

    /**
     * A pass that was stopped is not gone on with: the next fit begins a new one, of the same epoch. It is where the
     * run ends without a next fit, and its checkpoint is resumed.
     */
    void cutOff() {
        final boolean isDecided = segment.stopping().isDecided();
        if (everyBatch) {
            segment.positions().nextPass(claims.cutOwn(segment.positions().nextPass(), isDecided));
        } else {
            segment.positions()
                    .nextPass(claims.cut(number, first, end, segment.control().epoch(), isDecided));
        }
    }

    /**
     * Ends a fit of which the workers share the batches, or the shards, as all of them agree. A worker that is not
     * wanted any more leaves the fit to the others.
     *
     * @param ofFit number of the passes that have ended for this worker
     * @return number of the passes that have ended for all of them
     */
    int endShared(final int ofFit) {
        if (!isCut() && (ofFit == epochs || worker().rank() >= worker().worldSize())) {
            return ofFit;
        }
        cutOff();
        segment.control().epochAtLeast(claims.presentEpoch());
        final int next = claims.passAfterCut(number, first); // may be the one after the last pass, too
        return next == 0 ? epochs : next - Claims.CUT - first;
    }

    /**
     * Leaves a fit: no unit of it stays in the hands of this worker.
     *
     * @param passes of the fit that have ended. If it has ended for all workers, what is left of them is warned of
     * @param unit what a unit is: a batch or a shard
     */
    void leaveShared(final int passes, final String unit) {
        final boolean hasEnded = passes == epochs || isCut();
        final List<Unit> orphans = claims.orphans(first, first + passes - 1, rank -> true);
        final List<Unit> givenBack = claims.giveBackAll(first, lastPass());
        if (hasEnded) {
            orphans.forEach(orphan -> warn(
                    "data was not trained on to its end, because its worker is dead, and the others can't go back to"
                            + " it",
                    unit,
                    orphan,
                    "a worker of that rank trains on it if it is started again"));
            givenBack.stream()
                    .filter(left -> left.pass() < first + passes)
                    .forEach(left -> warn(
                            "data was not trained on to its end, because its worker was killed, and the fit was"
                                    + " stopped before the one that was started again came to it",
                            unit,
                            left,
                            "the pass has ended without it"));
        }
    }

    /** The last pass that can be of the present fit. The next fit trains on what is in hand of its own passes. */
    private int lastPass() {
        final int next = claims.passAfterCut(number, first);
        return (int) Math.min(Integer.MAX_VALUE, next == 0 ? end : next) - 1;
    }

    private void warn(final String what, final String unit, final Unit untrained, final String consequence) {
        LOGGER.log(
                System.Logger.Level.WARNING,
                what + ": segment=" + segment.arrays().name() + ", pass=" + (untrained.pass() - first)
                        + " of this fit, " + unit + "=" + untrained.index() + ", rank=" + untrained.row() + "; "
                        + consequence);
    }

    private Worker worker() {
        return segment.worker();
    }
}
