package org.shmarrays.dl4j;

import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.shmarrays.dl4j.Claims.Unit;

/**
 * All batches of the shards of one pass that this worker claims. There are as many shards as there were workers when
 * the pass began, so most passes have one for each. The pass ends when all shards are done: a worker that is through
 * with its own waits for the others, and takes over what a dead one has left.
 */
final class ShardDealer extends Dealer {
    private final Claims claims;
    private final ShardedData data;
    private final int pass;
    private final IntSupplier workers;
    private final LongSupplier epoch;
    private Unit shard;
    private BatchStream stream;
    private int begun;

    /**
     * The shards of a pass.
     *
     * @param workers their present number
     * @param epoch the present one of the training, or 0 where passes don't count
     */
    ShardDealer(
            final Steps steps,
            final Claims claims,
            final ShardedData data,
            final int pass,
            final IntSupplier workers,
            final LongSupplier epoch) {
        super(steps);
        this.claims = claims;
        this.data = data;
        this.pass = pass;
        this.workers = workers;
        this.epoch = epoch;
    }

    /** The iterator of the present shard, or of the last one; null before the first one. */
    BatchStream stream() {
        return stream;
    }

    @Override
    boolean advance() {
        while (true) {
            if (shard != null) {
                if (stream.hasNext()) {
                    return true;
                }
                claims.done(shard);
                shard = null;
                stream.close();
            }
            shard = nextShard();
            if (shard == null || !open()) {
                return false;
            }
        }
    }

    /** Null if the pass has ended, or is to end. */
    private Unit nextShard() {
        while (true) {
            final Unit own = claims.retake(pass);
            if (own != null) {
                return own;
            }
            final long head = claims.head();
            if (Claims.pass(head) != pass) {
                return null;
            }
            final boolean isLeft = Claims.claimed(head) < claims.shards(pass, workers.getAsInt());
            final Unit next = isLeft ? claims.claim(head) : takeOver(claims.orphans(pass, pass, rank -> true));
            if (next != null) {
                return next;
            }
            if (!isLeft && !claims.isUnderWay(pass, head)) {
                claims.end(head, epoch.getAsLong());
            } else if (!isLeft && !pause()) {
                return null;
            }
        }
    }

    private Unit takeOver(final List<Unit> orphans) {
        for (final Unit orphan : orphans) {
            final Unit taken = claims.take(orphan);
            if (taken != null) {
                return taken;
            }
        }
        return null;
    }

    /**
     * False if the pass was cut off: then what was read may be that of a later pass, in whose words it stands. They
     * change after the head, which is therefore read last.
     */
    private boolean open() {
        final int shards = claims.shards(pass, workers.getAsInt());
        final int shardEpoch = Math.toIntExact(claims.epoch(pass));
        begun = claims.batchesDone(shard);
        if (claims.isOver(pass)) {
            return false;
        }
        stream = BatchStream.of(data.open(new Shard(shard.index(), shards, shardEpoch)));
        stream.goTo(begun);
        return true;
    }

    @Override
    Object load() {
        begun++;
        return stream.next();
    }

    @Override
    void done() {
        if (shard != null && claims.batchesDone(shard) < begun) {
            claims.batchesDone(shard, begun);
        }
    }

    @Override
    void giveBack() {
        if (shard != null) {
            claims.giveBack(shard);
        }
    }

    @Override
    void close() {
        if (stream != null) {
            stream.close();
        }
    }
}
