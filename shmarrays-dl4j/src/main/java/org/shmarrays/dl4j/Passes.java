package org.shmarrays.dl4j;

import java.util.Iterator;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.worker.Worker;

/**
 * Passes of a worker over the data, each by the model's own fit: the workers share its batches, each begins a pass when
 * the one before it has ended, a stop ends a pass, and the workers meet at the end of the last one. For the thread that
 * trains.
 */
final class Passes {
    private static final System.Logger LOGGER = System.getLogger(Passes.class.getName());

    private final ModelSeam seam;
    private final TrainingSegment segment;
    private final StepProtocol protocol;
    private final Claims claims;
    private final boolean everyBatch;
    private final Dealer.Steps steps;

    /** The present or last one. */
    private WorkerFit fit;

    /** Whether the workers have met before the first pass. */
    private boolean hasBegun;

    /** Whether a pass has failed, of which the other workers have done the rest. */
    private boolean hasFailed;

    /** Ends of fits, or in mode ORDERED of passes over own data, at which this worker has waited or need not. */
    private int ends;

    /**
     * Passes of a joined model.
     *
     * @param everyBatch whether the worker takes all batches, because the workers don't share them
     */
    Passes(final ModelSeam seam, final TrainingSegment segment, final StepProtocol protocol, final boolean everyBatch) {
        this.seam = seam;
        this.segment = segment;
        this.protocol = protocol;
        this.claims = segment.positions().claims();
        this.everyBatch = everyBatch;
        this.steps = new DealerSteps(segment, protocol, () -> fit.isToStop());
    }

    /** One pass of this worker over the data. */
    private interface Pass {
        /**
         * Begins it.
         *
         * @param pass number of the pass in the run
         * @param ofFit number of the pass in this call of fit, from 0 on
         */
        Dealer begin(int pass, int ofFit, boolean isLast);

        /** Trains the model on what the dealer gives. */
        void fit(Dealer dealer);
    }

    /** {@link SharedTraining#fit(DataSetIterator, int)}, and the same of several inputs or outputs. */
    void fit(final Iterator<?> iterator, final int epochs) {
        final BatchStream stream = BatchStream.of(iterator);
        if (epochs < 1 || epochs > 1 && !stream.resetSupported()) {
            throw new IllegalArgumentException("the number of epochs is at least 1, and 1 for an iterator that can't be"
                    + " reset: epochs=" + epochs + ", resetSupported=" + stream.resetSupported());
        }
        try {
            final int passesBegun = fit(epochs, "batch", new Pass() {
                @Override
                public Dealer begin(final int pass, final int ofFit, final boolean isLast) {
                    stream.toPass(ofFit);
                    if (everyBatch) {
                        return new OwnDealer(
                                steps, claims, stream, pass, segment.positions().batchesToSkip(pass));
                    }
                    return new BatchDealer(
                            steps,
                            claims,
                            stream,
                            pass,
                            epochOfPasses(),
                            rank -> isLast || isGone(rank),
                            rank -> segment.isOrdered() || isGone(rank));
                }

                @Override
                public void fit(final Dealer dealer) {
                    fitModel(() -> stream, dealer);
                }
            });
            if (passesBegun == epochs) {
                stream.toEnd(epochs - 1);
            } else if (!everyBatch && !isAlone()) {
                stream.leave(passesBegun);
            }
        } finally {
            stream.close();
        }
    }

    /** {@link SharedTraining#fit(ShardedData, int)}. */
    void fit(final ShardedData data, final int epochs) {
        if (epochs < 1) {
            throw new IllegalArgumentException("the number of epochs is at least 1: epochs=" + epochs);
        }
        if (everyBatch) {
            throw new IllegalStateException("a worker that takes every batch has no shard: segment="
                    + segment.arrays().name() + "; join without TrainingOptions.withEveryBatch(), or give an iterator");
        }
        fit(epochs, "shard", new Pass() {
            @Override
            public Dealer begin(final int pass, final int ofFit, final boolean isLast) {
                return new ShardDealer(steps, claims, data, pass, () -> worker().worldSize(), epochOfPasses());
            }

            /** Which class of iterator the data is of is known from the first batch on. */
            @Override
            public void fit(final Dealer dealer) {
                if (dealer.hasNext()) {
                    fitModel(((ShardDealer) dealer)::stream, dealer);
                }
            }
        });
    }

    private void fitModel(final Supplier<BatchStream> stream, final Dealer dealer) {
        if (stream.get().source() instanceof DataSetIterator) {
            seam.fit(new DealtDataSetIterator(
                    () -> (DataSetIterator) stream.get().source(), dealer));
        } else {
            seam.fit(new DealtMultiDataSetIterator(
                    () -> (MultiDataSetIterator) stream.get().source(), dealer));
        }
    }

    /** The number of its passes, or the one with which it was cut off, from 0 on. */
    private int fit(final int epochs, final String unit, final Pass each) {
        if (hasFailed) {
            throw new IllegalStateException("a fit of this worker has failed, and the other workers go on without it:"
                    + " segment=" + segment.arrays().name() + ", rank=" + worker().rank()
                    + "; end this worker, and start it again if it is to go on");
        }
        if (!hasBegun) { // so that a worker that starts slowly has its share of a short training
            hasBegun = true;
            seam.followListeners(); // before any step
            claims.firstPass();
            if (claims.hasReplacedRun()) {
                LOGGER.log(
                        System.Logger.Level.INFO,
                        "the training goes on from its checkpoint: segment="
                                + segment.arrays().name() + ", iteration=" + segment.iteration() + ", epoch="
                                + segment.epoch());
            }
            awaitOthers();
        }
        fit = new WorkerFit(segment, everyBatch, epochs);
        int ofFit = 0;
        boolean isWhole = true;
        while (isWhole && ofFit < epochs && !fit.isEndedBefore(ofFit)) {
            final int pass = segment.positions().nextPass();
            final boolean isLast = ofFit == epochs - 1;
            isWhole = isOver(pass) || pass(each, pass, ofFit, isLast);
            if (isWhole) {
                leave(pass);
                ofFit++;
                if (!isLast) { // else once the others have ended their last batches, too
                    seam.advanceListeners();
                }
            }
            if (everyBatch && isLast || fit.meetsInPasses()) {
                awaitOthers();
            }
        }
        if (!everyBatch) {
            ofFit = fit.endShared(ofFit);
            if (ofFit == epochs) {
                awaitOthers();
            }
            fit.leaveShared(ofFit, unit);
        } else if (ofFit < epochs) {
            fit.cutOff();
        }
        protocol.values().pullPaused();
        seam.advanceListeners();
        return ofFit;
    }

    private boolean isOver(final int pass) {
        return everyBatch
                ? claims.ownPass() > pass
                : claims.isOver(pass)
                        && !claims.isInHand(pass)
                        && claims.orphans(pass, pass, this::isGone).isEmpty();
    }

    /** Whether the run has no such rank, or no longer. */
    private boolean isGone(final int rank) {
        return rank >= worker().worldSize();
    }

    /** Trains on a pass; false if it was cut off. */
    private boolean pass(final Pass each, final int pass, final int ofFit, final boolean isLast) {
        protocol.enterFit();
        seam.followListeners();
        segment.stopping().beginPass(ofFit);
        claims.enter(pass, segment.control().epoch());
        final Dealer dealer = each.begin(pass, ofFit, isLast);
        boolean isFailed = true;
        try {
            if (!everyBatch) {
                protocol.clock().leavePassesUncounted();
            }
            each.fit(dealer);
            isFailed = false;
        } finally {
            protocol.leaveFit();
            if (isFailed || dealer.isCutOff()) {
                dealer.giveBack();
                protocol.clock().countPasses();
            }
            if (isFailed && isAlone()) {
                fit.cutOff();
            } else if (isFailed) {
                hasFailed = true;
            }
            dealer.close();
        }
        seam.checkInstalled();
        return !dealer.isCutOff();
    }

    /** Goes on to the next pass, with which the next epoch begins, unless other passes count. */
    private void leave(final int pass) {
        if (everyBatch) {
            if (claims.ownPass() <= pass) {
                segment.betweenPauses(
                        () -> { // a checkpoint has both or neither
                            protocol.clock().notePasses();
                            claims.ownBatches(pass + 1, 0);
                        });
            }
        } else {
            segment.control().epochAtLeast(claims.presentEpoch());
            protocol.clock().countPasses();
        }
        segment.positions().nextPass(pass + 1);
    }

    /** The present epoch, or 0 where epochs are counted by samples, and passes don't matter. */
    private LongSupplier epochOfPasses() {
        return () ->
                segment.control().samplesOfEpoch() > 0 ? 0 : segment.control().epoch();
    }

    /**
     * Waits for the other workers to come to the same end, as long as they make steps. One that joined late may find
     * that they have been there already. In mode ORDERED workers that don't share their batches meet after each pass,
     * so that the next one begins in the next epoch for all.
     */
    void awaitOthers() {
        ends++;
        if (worker().worldSize() == 1 || worker().shouldStop() || worker().isLate() && worker().barriers() >= ends) {
            return;
        }
        long before = -1;
        while (true) {
            final long now = segment.control().globalStep();
            try {
                worker().barrier();
                return;
            } catch (final WaitTimeoutException e) {
                if (now == before) {
                    throw e;
                }
                before = now;
            }
        }
    }

    private boolean isAlone() {
        return worker().worldSize() == 1 && worker().rank() == 0;
    }

    private Worker worker() {
        return segment.worker();
    }
}
