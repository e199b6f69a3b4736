package org.shmarrays.dl4j;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.InvocationType;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A listener that is to be called once for a training, not by each worker. In a network that has not joined, it is the
 * listener itself.
 */
class MarkedListener implements TrainingListener {
    private final TrainingListener listener;

    MarkedListener(final TrainingListener listener) {
        this.listener = listener;
    }

    /** The listener that is called. */
    final TrainingListener listener() {
        return listener;
    }

    /** Whether the listener may look at the model's values in a call of this type. */
    boolean readsModel(final InvocationType call, final int number) {
        return OnceRules.readsModel(listener, call, number);
    }

    /** Whether the listener reads what a step of this worker has left in the network, such as its gradient. */
    final boolean readsStep() {
        return OnceRules.readsStep(listener);
    }

    @Override
    public void iterationDone(final Model model, final int iteration, final int epoch) {
        listener.iterationDone(model, iteration, epoch);
    }

    @Override
    public void onEpochStart(final Model model) {
        listener.onEpochStart(model);
    }

    @Override
    public void onEpochEnd(final Model model) {
        listener.onEpochEnd(model);
    }

    @Override
    public void onForwardPass(final Model model, final List<INDArray> activations) {
        listener.onForwardPass(model, activations);
    }

    @Override
    public void onForwardPass(final Model model, final Map<String, INDArray> activations) {
        listener.onForwardPass(model, activations);
    }

    @Override
    public void onGradientCalculation(final Model model) {
        listener.onGradientCalculation(model);
    }

    @Override
    public void onBackwardPass(final Model model) {
        listener.onBackwardPass(model);
    }
}
