package org.shmarrays.dl4j;

import java.util.Iterator;
import java.util.function.BooleanSupplier;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.shmarrays.worker.WaitTimeoutException;
import org.shmarrays.worker.Worker;

/**
 * Passes of a worker over its share of the data, each by the model's own fit: batches are dealt by rank, those that the
 * rank has pushed before are skipped, a stop ends a pass, and the workers meet at the end. For the thread that trains.
 */
final class Passes {
    private static final System.Logger LOGGER = System.getLogger(Passes.class.getName());

    private final ModelSeam seam;
    private final TrainingSegment segment;
    private final StepProtocol protocol;
    private final boolean everyBatch;

    /** Ends of fits, or in mode ORDERED of passes, at which this worker has waited for the others or need not. */
    private int ends;

    /**
     * Passes of a joined model.
     *
     * @param everyBatch whether the worker takes all batches, because its data is its own share
     */
    Passes(final ModelSeam seam, final TrainingSegment segment, final StepProtocol protocol, final boolean everyBatch) {
        this.seam = seam;
        this.segment = segment;
        this.protocol = protocol;
        this.everyBatch = everyBatch;
    }

    /** {@link SharedTraining#fit(DataSetIterator, int)}. */
    void fit(final DataSetIterator iterator, final int epochs) {
        final DataSetIterator source = iterator.asyncSupported() ? new PrefetchedDataSetIterator(iterator) : iterator;
        try {
            fit(epochs, iterator.resetSupported(), source::hasNext, source::reset, batchesToSkip -> {
                final Dealer<DataSet> dealer = dealer(source, batchesToSkip);
                seam.fit(new DealtDataSetIterator(source, dealer));
                return dealer;
            });
        } finally {
            if (source instanceof PrefetchedDataSetIterator prefetching) {
                prefetching.shutdown();
            }
        }
    }

    /** {@link SharedTraining#fit(MultiDataSetIterator, int)}. */
    void fit(final MultiDataSetIterator iterator, final int epochs) {
        final MultiDataSetIterator source =
                iterator.asyncSupported() ? new PrefetchedMultiDataSetIterator(iterator) : iterator;
        try {
            fit(epochs, iterator.resetSupported(), source::hasNext, source::reset, batchesToSkip -> {
                final Dealer<MultiDataSet> dealer = dealer(source, batchesToSkip);
                seam.fit(new DealtMultiDataSetIterator(source, dealer));
                return dealer;
            });
        } finally {
            if (source instanceof PrefetchedMultiDataSetIterator prefetching) {
                prefetching.shutdown();
            }
        }
    }

    /** One pass over the data. */
    private interface Pass {
        /** Trains on the data, without this many of the worker's own batches, and gives what has dealt them. */
        Dealer<?> fit(int batchesToSkip);
    }

    private void fit(
            final int epochs,
            final boolean resetSupported,
            final BooleanSupplier hasNext,
            final Runnable reset,
            final Pass pass) {
        if (epochs < 1 || epochs > 1 && !resetSupported) {
            throw new IllegalArgumentException("the number of epochs is at least 1, and 1 for an iterator that can't be"
                    + " reset: epochs=" + epochs + ", resetSupported=" + resetSupported);
        }
        final boolean isOrdered = segment.isOrdered();
        final int skipped = segment.position().skipPasses(epochs);
        for (int i = 0; i < skipped && resetSupported; i++) {
            reset.run(); // the order of its batches may depend on how often it was reset
        }
        ends += isOrdered ? skipped : skipped == epochs ? 1 : 0; // those that this worker does not wait at
        for (int i = skipped; i < epochs && !isEnded(i); i++) {
            segment.stopping().beginPass(i);
            if (resetSupported && !hasNext.getAsBoolean()) {
                reset.run();
            }
            pass(pass);
            if (isOrdered || i == epochs - 1) {
                awaitOthers();
            }
        }
        protocol.pullPaused();
        seam.advanceListeners();
    }

    private boolean isEnded(final int next) {
        return segment.isOrdered()
                ? worker().shouldStop() || segment.stopping().isDecidedBefore(next)
                : segment.shouldStop();
    }

    private void pass(final Pass pass) {
        boolean isCutOff = true;
        seam.followListeners();
        try {
            final Dealer<?> dealer = pass.fit(segment.position().beginPass());
            isCutOff = dealer.isCutOff();
            if (dealer.isLeftOut()) {
                protocol.skipTurn(); // each rank has as many turns, so that the next pass begins with rank 0
            }
        } catch (final TrainingStoppedException e) {
            LOGGER.log(System.Logger.Level.DEBUG, e.getMessage());
        } finally {
            segment.position().leavePass();
            protocol.leaveFit();
        }
        seam.checkInstalled();
        if (isCutOff) {
            protocol.followClock();
        } else {
            protocol.notePasses();
            segment.position().countPass();
            seam.advanceListeners();
        }
    }

    private <T> Dealer<T> dealer(final Iterator<T> source, final int batchesToSkip) {
        return new Dealer<>(
                source,
                everyBatch ? 0 : worker().rank(),
                everyBatch ? 1 : worker().worldSize(),
                batchesToSkip,
                segment::shouldStop,
                done -> {
                    segment.position().batches(done);
                    protocol.announceBatch();
                });
    }

    /**
     * Waits for the other workers to come to the same end, as long as they make steps. One that joined late may find
     * that they have been there already. In mode ORDERED they meet after each pass, so that the next one begins in the
     * next epoch for all.
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

    private Worker worker() {
        return segment.worker();
    }
}
