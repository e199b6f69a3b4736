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
    private final Claims claims;
    private final BatchStream stream;
    private final int pass;
    private final LongSupplier epoch;
    private final IntPredicate isLeft;
    private Unit unit;
    private boolean isLoaded;

    /**
     * The batches of a pass.
     *
     * @param stream at the first batch of the pass
     * @param epoch the present one of the training, or 0 where passes don't count
     * @param isLeft ranks that don't go on themselves with what they were killed with
     */
    BatchDealer(
            final Steps steps,
            final Claims claims,
            final BatchStream stream,
            final int pass,
            final LongSupplier epoch,
            final IntPredicate isLeft) {
        super(steps);
        this.claims = claims;
        this.stream = stream;
        this.pass = pass;
        this.epoch = epoch;
        this.isLeft = isLeft;
    }

    @Override
    boolean advance() {
        unit = claims.retake(pass);
        while (unit != null) {
            if (stream.goTo(unit.index())) {
                return true;
            }
            claims.done(unit); // this worker has less data than the one that claimed it
            unit = claims.retake(pass);
        }
        return claimNext() || takeOver();
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
                claims.end(head, epoch.getAsLong());
            }
            head = claims.head();
        }
        return false;
    }

    /** After the end of the pass, a batch of a worker that is gone; from where the stream can go back to it. */
    private boolean takeOver() {
        List<Unit> orphans = claims.orphans(pass, pass, isLeft);
        while (!orphans.isEmpty() && stream.rewind()) {
            unit = claims.take(orphans.get(0));
            if (unit != null) {
                if (stream.goTo(unit.index())) {
                    return true;
                }
                claims.done(unit);
                unit = null;
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
