package org.shmarrays.dl4j;

import java.util.List;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The updater of a joined network: DL4J's own up to the normalised gradient, which is then pushed. Its state is the
 * shared one.
 */
final class SharedMultiLayerUpdater extends MultiLayerUpdater {
    private static final long serialVersionUID = 1;

    private final transient StepProtocol protocol;
    private final transient List<UpdaterBlock> ownBlocks;

    /**
     * An updater for a network.
     *
     * @param state DL4J's flat state, which is only looked at for its length; null if there is none
     */
    SharedMultiLayerUpdater(final MultiLayerNetwork network, final INDArray state, final StepProtocol protocol) {
        super(network, state);
        this.protocol = protocol;
        ownBlocks = List.copyOf(updaterBlocks);
        updaterBlocks.clear();
        updaterBlocks.add(new PushBlock(protocol));
        updaterStateViewArray = null;
    }

    @Override
    public synchronized void update(
            final Gradient gradient,
            final int iteration,
            final int epoch,
            final int batchSize,
            final LayerWorkspaceMgr workspaces) {
        protocol.batchSize(batchSize);
        super.update(gradient, iteration, epoch, batchSize, workspaces);
    }

    /** The layout of the flat state, which DL4J's setLearningRate asks for to make another updater. */
    @Override
    public List<UpdaterBlock> getUpdaterBlocks() {
        return ownBlocks;
    }

    /** A copy of the shared state in DL4J's layout, consistent per element; null if there is none. */
    @Override
    public INDArray getStateViewArray() {
        return protocol.values().updaterState();
    }

    @Override
    public synchronized INDArray getStateViewArrayCopy() {
        return protocol.values().updaterState();
    }

    @Override
    public void setStateViewArray(final INDArray state) {
        throw SharedValues.stateIsShared();
    }

    @Override
    public void setStateViewArray(final Trainable layer, final INDArray state, final boolean initialize) {
        throw SharedValues.stateIsShared();
    }
}
