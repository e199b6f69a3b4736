package org.shmarrays.dl4j;

import org.deeplearning4j.optimize.api.InvocationType;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.ListenerVariables;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** {@link MarkedListener} of a SameDiff graph. */
class MarkedSameDiffListener implements Listener {
    private final Listener listener;

    MarkedSameDiffListener(final Listener listener) {
        this.listener = listener;
    }

    /** Whether the listener may look at the graph's values in a call of this type. */
    boolean readsModel(final InvocationType call, final int number) {
        return listener instanceof MarkedSameDiffListener marked
                ? marked.readsModel(call, number)
                : OnceRules.readsModel(listener, call, number);
    }

    @Override
    public ListenerVariables requiredVariables(final SameDiff graph) {
        return listener.requiredVariables(graph);
    }

    @Override
    public boolean isActive(final Operation operation) {
        return listener.isActive(operation);
    }

    @Override
    public void epochStart(final SameDiff graph, final At at) {
        listener.epochStart(graph, at);
    }

    @Override
    public ListenerResponse epochEnd(
            final SameDiff graph, final At at, final LossCurve losses, final long epochTimeMillis) {
        return listener.epochEnd(graph, at, losses, epochTimeMillis);
    }

    @Override
    public ListenerResponse validationDone(final SameDiff graph, final At at, final long validationTimeMillis) {
        return listener.validationDone(graph, at, validationTimeMillis);
    }

    @Override
    public void iterationStart(final SameDiff graph, final At at, final MultiDataSet batch, final long waitedMs) {
        listener.iterationStart(graph, at, batch, waitedMs);
    }

    @Override
    public void iterationDone(final SameDiff graph, final At at, final MultiDataSet batch, final Loss loss) {
        listener.iterationDone(graph, at, batch, loss);
    }

    @Override
    public void operationStart(final SameDiff graph, final Operation operation) {
        listener.operationStart(graph, operation);
    }

    @Override
    public void operationEnd(final SameDiff graph, final Operation operation) {
        listener.operationEnd(graph, operation);
    }

    @Override
    public void preOpExecution(final SameDiff graph, final At at, final SameDiffOp op, final OpContext context) {
        listener.preOpExecution(graph, at, op, context);
    }

    @Override
    public void opExecution(
            final SameDiff graph,
            final At at,
            final MultiDataSet batch,
            final SameDiffOp op,
            final OpContext context,
            final INDArray[] outputs) {
        listener.opExecution(graph, at, batch, op, context, outputs);
    }

    @Override
    public void activationAvailable(
            final SameDiff graph,
            final At at,
            final MultiDataSet batch,
            final SameDiffOp op,
            final String variable,
            final INDArray activation) {
        listener.activationAvailable(graph, at, batch, op, variable, activation);
    }

    @Override
    public void preUpdate(final SameDiff graph, final At at, final Variable variable, final INDArray update) {
        listener.preUpdate(graph, at, variable, update);
    }
}
