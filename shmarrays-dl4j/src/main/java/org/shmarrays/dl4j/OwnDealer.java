package org.shmarrays.dl4j;

/** All batches of one pass for one worker, without those that its rank has done before it was started again. */
final class OwnDealer extends Dealer {
    private final Claims claims;
    private final BatchStream stream;
    private final int pass;
    private int begun;
    private int done;

    /**
     * The batches of a pass.
     *
     * @param stream at the first batch of the pass
     * @param done number of batches to skip
     */
    OwnDealer(final Steps steps, final Claims claims, final BatchStream stream, final int pass, final int done) {
        super(steps);
        this.claims = claims;
        this.stream = stream;
        this.pass = pass;
        this.done = done;
        this.begun = done;
        claims.ownBatches(pass, done);
    }

    @Override
    boolean advance() {
        return stream.goTo(begun);
    }

    @Override
    Object load() {
        begun++;
        return stream.next();
    }

    @Override
    void done() {
        if (done < begun) {
            done = begun;
            claims.ownBatches(pass, done);
        }
    }

    /** Each worker goes through all batches, so that no other one needs what is left. */
    @Override
    void giveBack() {}

    /** The stream goes on to the next pass. */
    @Override
    void close() {}
}
