package org.shmarrays.dl4j;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.shmarrays.dl4j.Claims.Unit;

/**
 * Deals the batches of one pass, which all workers read in the same order: the next one is for the worker that is ready
 * first. The worker that finds no further batch ends the pass for all.
 */
final class BatchDealer extends Dealer {
    private final Steps steps;
    private final Claims claims;
    private final BatchStream stream;
    private final int pass;
    private final LongSupplier epoch;
    private final IntPredicate isLeft;
    private final IntPredicate isFree;
    private Unit unit;
    private boolean isLoaded;

    /**
     * The batches of a pass.
     *
     * @param stream at the first batch of the pass
     * @param epoch the present one of the training, or 0 where passes don't count
     * @param isLeft ranks that don't go on themselves, at the end of the pass, with what they were killed with
     * @param isFree ranks that don't at its begin either, so that another worker trains on that in its place
     */
    BatchDealer(
            final Steps steps,
            final Claims claims,
            final BatchStream stream,
            final int pass,
            final LongSupplier epoch,
            final IntPredicate isLeft,
            final IntPredicate isFree) {
        super(steps);
        this.steps = steps;
        this.claims = claims;
        this.stream = stream;
        this.pass = pass;
        this.epoch = epoch;
        this.isLeft = isLeft;
        this.isFree = isFree;
    }

    /** What this rank has claimed and another worker has taken over is waited for: that one may be killed, too. */
    @Override
    boolean advance() {
        while (!retake() && (claims.isInHand(pass) || !claimNext() && !takeOver())) {
            if (!claims.isInHand(pass)) {
                warnWhereOthersHaveFewer();
                return false;
            }
            if (!pause()) {
                return false;
            }
        }
        return true;
    }

    private boolean retake() {
        Unit left = claims.retake(pass, this::isFreeAhead);
        while (left != null) {
            if (comeTo(left)) {
                return true;
            }
            left = claims.retake(pass, this::isFreeAhead);
        }
        return false;
    }

    private boolean isFreeAhead(final Unit left) {
        return isFree.test(left.row()) && left.index() >= stream.position();
    }

    /** Comes to a unit in this worker's hands, which may lie before the present place. */
    private boolean comeTo(final Unit taken) {
        if (stream.goTo(taken.index()) || stream.rewind() && stream.goTo(taken.index())) {
            unit = taken;
            return true;
        }
        warn(
                "a batch of another worker, or of an earlier worker of this rank, is not trained on, because this"
                        + " worker's iterator has no such batch",
                "batch=" + taken.index());
        claims.done(taken);
        return false;
    }

    private boolean claimNext() {
        long head = claims.head();
        while (Claims.pass(head) == pass) {
            if (stream.goTo(Claims.claimed(head))) {
                unit = claims.claim(head);
                if (unit != null) {
                    return true;
                }
            } else {
                if (stream.position() < Claims.claimed(head)) {
                    warn(
                            "another worker's iterator has more batches than this worker's, with which the pass ends",
                            "batches of this worker=" + stream.position() + ", batches that are claimed="
                                    + Claims.claimed(head));
                }
                claims.endBatches(head, epoch.getAsLong());
            }
            head = claims.head();
        }
        return false;
    }

    private void warnWhereOthersHaveFewer() {
        final Claims.Length length = claims.length(pass);
        if (length != null && stream.goTo(length.batches())) {
            warn(
                    "this worker's iterator has more batches than that of the worker that has ended the pass, and no"
                            + " worker trains on them",
                    "batches of the pass=" + length.batches() + ", ended by rank=" + length.rank());
        }
    }

    private void warn(final String what, final String values) {
        steps.warn(what, values, "give all workers the same batches in the same order");
    }

    /** After the end of the pass, a batch of a worker that is gone; from where the stream can go back to it. */
    private boolean takeOver() {
        List<Unit> orphans = claims.orphans(pass, pass, isLeft);
        while (!orphans.isEmpty() && (orphans.get(0).index() >= stream.position() || stream.rewind())) {
            final Unit taken = claims.take(orphans.get(0));
            if (taken != null && comeTo(taken)) {
                return true;
            }
            orphans = claims.orphans(pass, pass, isLeft);
        }
        return false;
    }

    @Override
    Object load() {
        isLoaded = true;
        return stream.next();
    }

    @Override
    void done() {
        if (unit != null && isLoaded) {
            claims.done(unit);
            unit = null;
            isLoaded = false;
        }
    }

    @Override
    void giveBack() {
        if (unit != null) {
            claims.giveBack(unit);
        }
    }

    /** The stream goes on to the next pass. */
    @Override
    void close() {}
}
