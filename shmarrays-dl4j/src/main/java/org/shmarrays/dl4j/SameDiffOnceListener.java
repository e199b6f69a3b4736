package org.shmarrays.dl4j;

import java.util.List;
import java.util.stream.DoubleStream;
import org.deeplearning4j.optimize.api.InvocationType;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * {@link OnceListener} of a SameDiff graph. Of steps of other workers it tells the batch and the loss of this worker's
 * last one; where this worker has made none in a whole pass, a batch of no arrays and losses of NaN. While the listener
 * may look at the graph, it shows values, state and counts of one moment.
 */
final class SameDiffOnceListener extends MarkedSameDiffListener implements OnceClock.Calls {
    private final Listener replaced;
    private final SameDiffSeam seam;
    private final TrainingSegment segment;
    private final OnceClock clock;
    private At last = At.defaultAt(Operation.TRAINING);
    private MultiDataSet batch = new org.nd4j.linalg.dataset.MultiDataSet();
    private Loss loss;
    private LossCurve losses;
    private long epochTimeMillis;
    private boolean hasStepped;
    private ListenerResponse response = ListenerResponse.CONTINUE;

    /**
     * A listener of a graph that has joined.
     *
     * @param replaced what the user has given
     */
    SameDiffOnceListener(final Listener replaced, final SameDiffSeam seam, final TrainingSegment segment) {
        super(replaced);
        this.replaced = replaced;
        this.seam = seam;
        this.segment = segment;
        this.clock = new OnceClock(segment);
        this.loss = unknown(seam.losses());
    }

    private static Loss unknown(final List<String> losses) {
        return new Loss(
                losses,
                DoubleStream.generate(() -> Double.NaN).limit(losses.size()).toArray());
    }

    /** What the user has given. */
    Listener replaced() {
        return replaced;
    }

    @Override
    public boolean isActive(final Operation operation) {
        return (operation != Operation.TRAINING || clock.isFirstRank()) && super.isActive(operation);
    }

    /** Tells what the workers have done since the last call, after a pass of this worker. */
    void advance() {
        clock.advanceBetweenSteps(this);
    }

    @Override
    public void iterationDone(final SameDiff graph, final At at, final MultiDataSet newBatch, final Loss newLoss) {
        if (clock.isToldByDl4j(at.iteration(), this)) {
            super.iterationDone(graph, at, newBatch, newLoss);
            return;
        }
        last = at.copy();
        newBatch.detach(); // it may lie in memory of the thread that reads ahead, and is told again later
        batch = newBatch;
        loss = newLoss;
        hasStepped = true;
        clock.advanceInStep(this);
    }

    @Override
    public void epochStart(final SameDiff graph, final At at) {
        if (clock.beginsPassAlone()) {
            super.epochStart(graph, at);
            return;
        }
        last = at.copy();
        if (hasStepped) {
            clock.advanceInEpoch(this);
        } else { // other workers' steps are told with the first one of this worker
            clock.beginEpoch(this);
        }
    }

    /** The epoch of the training ends when its passes are counted, which comes after this call of DL4J's. */
    @Override
    public ListenerResponse epochEnd(
            final SameDiff graph, final At at, final LossCurve newLosses, final long newEpochTimeMillis) {
        if (clock.endsPassAlone()) {
            clock.advanceIterations(this);
            return super.epochEnd(graph, at, newLosses, newEpochTimeMillis);
        }
        losses = newLosses;
        epochTimeMillis = newEpochTimeMillis;
        return response;
    }

    @Override
    public void iterationDone(final int iteration, final int epoch) {
        final At at = at(iteration, epoch);
        seam.show(
                readsModel(InvocationType.ITERATION_END, iteration),
                -1,
                epoch,
                graph -> super.iterationDone(graph, at, batch, loss));
    }

    @Override
    public void epochStart(final int epoch) {
        final At at = at(segment.iteration(), epoch);
        seam.show(readsModel(InvocationType.EPOCH_START, epoch), 0, epoch, graph -> super.epochStart(graph, at));
    }

    @Override
    public void epochEnd(final int epoch) {
        final At at = at(segment.iteration(), epoch);
        final LossCurve curve = losses == null ? new LossCurve(List.of(loss)) : losses;
        seam.show(readsModel(InvocationType.EPOCH_END, epoch), 0, epoch, graph -> {
            if (super.epochEnd(graph, at, curve, epochTimeMillis) == ListenerResponse.STOP) {
                response = ListenerResponse.STOP;
            }
        });
    }

    private At at(final int iteration, final int epoch) {
        final At at = last.copy();
        at.setIteration(iteration);
        at.setEpoch(epoch);
        return at;
    }
}
