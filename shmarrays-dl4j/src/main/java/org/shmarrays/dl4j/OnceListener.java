package org.shmarrays.dl4j;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.InvocationType;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Stands in a joined network for a listener that is called once for the training: silent on all ranks but 0, where it
 * tells the listener each iteration and each epoch of the training, whichever workers made them. The only worker calls
 * it as DL4J does. A clone of a graph has the graph's listeners, and calls them as DL4J does.
 */
final class OnceListener extends MarkedListener implements OnceClock.Calls {
    private final TrainingListener replaced;
    private final MarkedListener rules;
    private final Model network;
    private final OnceView view;
    private final OnceClock clock;

    /**
     * A listener of a network that has joined.
     *
     * @param replaced what the user has given
     */
    OnceListener(
            final TrainingListener replaced, final Model network, final TrainingSegment segment, final OnceView view) {
        super(replaced);
        this.replaced = replaced;
        this.rules = replaced instanceof MarkedListener marked ? marked : new MarkedListener(replaced);
        this.network = network;
        this.view = view;
        this.clock = new OnceClock(segment);
    }

    /** What the user has given. */
    TrainingListener replaced() {
        return replaced;
    }

    @Override
    public void iterationDone(final Model model, final int iteration, final int epoch) {
        if (model != network || clock.isToldByDl4j(iteration, this)) {
            super.iterationDone(model, iteration, epoch);
        } else if (clock.isFirstRank()) {
            view.expire();
            clock.advanceInStep(this);
        }
    }

    /** Tells what the workers have done since the last call, between two steps of this worker. */
    void advance() {
        view.expire();
        if (!lacksStep()) {
            clock.advanceBetweenSteps(this);
        }
    }

    @Override
    public void onEpochStart(final Model model) {
        if (model != network || clock.beginsPassAlone()) {
            super.onEpochStart(model);
        } else if (clock.isFirstRank()) {
            view.expire();
            if (hasStepped()) {
                clock.advanceInEpoch(this);
            } else { // other workers' steps are told with the first one of this worker
                clock.beginEpoch(this);
            }
        }
    }

    /** Else the network has neither a gradient nor a score. */
    private boolean hasStepped() {
        return network.gradient() != null;
    }

    /** Whether the listener reads the gradient of a step, and this worker has made none. */
    private boolean lacksStep() {
        return rules.readsStep() && !hasStepped();
    }

    /** The epoch of the training ends when its passes are counted, which comes after this call of DL4J's. */
    @Override
    public void onEpochEnd(final Model model) {
        if (model != network) {
            super.onEpochEnd(model);
        } else if (clock.endsPassAlone()) {
            view.expire();
            if (!lacksStep()) {
                clock.advanceIterations(this);
            }
            super.onEpochEnd(model);
        }
    }

    @Override
    public void iterationDone(final int iteration, final int epoch) {
        super.iterationDone(
                rules.readsModel(InvocationType.ITERATION_END, iteration) ? view.inIteration(epoch) : network,
                iteration,
                epoch);
    }

    @Override
    public void epochStart(final int epoch) {
        super.onEpochStart(rules.readsModel(InvocationType.EPOCH_START, epoch) ? view.inEpoch(epoch) : network);
    }

    @Override
    public void epochEnd(final int epoch) {
        super.onEpochEnd(rules.readsModel(InvocationType.EPOCH_END, epoch) ? view.inEpoch(epoch) : network);
    }

    @Override
    public void onForwardPass(final Model model, final List<INDArray> activations) {
        if (model != network || clock.isFirstRank()) {
            super.onForwardPass(model, activations);
        }
    }

    @Override
    public void onForwardPass(final Model model, final Map<String, INDArray> activations) {
        if (model != network || clock.isFirstRank()) {
            super.onForwardPass(model, activations);
        }
    }

    @Override
    public void onGradientCalculation(final Model model) {
        if (model != network || clock.isFirstRank()) {
            super.onGradientCalculation(model);
        }
    }

    @Override
    public void onBackwardPass(final Model model) {
        if (model != network || clock.isFirstRank()) {
            super.onBackwardPass(model);
        }
    }
}
