package org.shmarrays.dl4j;

import java.util.ArrayList;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The only block of a joined network's updater. DL4J has divided the gradient by the batch's size and has normalised it
 * when it calls the block, which then pushes instead of updating.
 */
final class PushBlock extends UpdaterBlock {
    private final StepProtocol protocol;

    PushBlock(final StepProtocol protocol) {
        super(0, 0, 0, 0, new ArrayList<>());
        this.protocol = protocol;
    }

    @Override
    public boolean skipDueToPretrainConfig(final boolean isLayerUpdater) {
        return false;
    }

    @Override
    public void update(final int iteration, final int epoch) {
        protocol.push(iteration, epoch, null);
    }

    /** The way that DL4J 1.0.0-M2.1 always takes, with its own flat gradient. */
    @Override
    public void updateExternalGradient(
            final int iteration, final int epoch, final INDArray fullGradient, final INDArray params) {
        protocol.push(iteration, epoch, fullGradient);
    }
}
