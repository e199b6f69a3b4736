package org.shmarrays.dl4j;

import java.util.List;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Tells the seam of a joined graph what its {@code fit} does. */
final class SameDiffListener extends BaseListener {
    private final SameDiffSeam seam;
    private final SameDiffStep step;

    SameDiffListener(final SameDiffSeam seam, final SameDiffStep step) {
        this.seam = seam;
        this.step = step;
    }

    @Override
    public boolean isActive(final Operation operation) {
        return operation == Operation.TRAINING;
    }

    @Override
    public void operationStart(final SameDiff graph, final Operation operation) {
        if (operation == Operation.TRAINING) {
            seam.fitBegins();
        }
    }

    /** The point of the training is set in {@code at} as well, which DL4J has filled in already. */
    @Override
    public void iterationStart(final SameDiff graph, final At at, final MultiDataSet batch, final long waitedMs) {
        seam.checkInstalled();
        step.begin(samples(batch));
        at.setIteration(seam.iteration());
        at.setEpoch(seam.epoch());
    }

    private static int samples(final MultiDataSet batch) {
        if (batch.numFeatureArrays() > 0) {
            return Math.toIntExact(batch.getFeatures(0).size(0));
        }
        return batch.numLabelsArrays() > 0 ? Math.toIntExact(batch.getLabels(0).size(0)) : 1;
    }

    /** Sums the loss as DL4J does, which tells it only after the last update. */
    @Override
    public void opExecution(
            final SameDiff graph,
            final At at,
            final MultiDataSet batch,
            final SameDiffOp op,
            final OpContext context,
            final INDArray[] outputs) {
        final List<String> names = op.getOutputsOfOp();
        for (int i = 0; i < outputs.length && i < names.size(); i++) {
            if (seam.losses().contains(names.get(i))) {
                step.addScore(outputs[i].sumNumber().doubleValue());
            }
        }
    }

    /** Called for each variable after its gradient was collected and its regularisation's score computed. */
    @Override
    public void preUpdate(final SameDiff graph, final At at, final Variable variable, final INDArray update) {
        step.pushIfComplete();
    }

    @Override
    public void iterationDone(final SameDiff graph, final At at, final MultiDataSet batch, final Loss loss) {
        step.end();
    }
}
