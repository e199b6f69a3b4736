package org.shmarrays.dl4j;

import org.deeplearning4j.optimize.api.StepFunction;
import org.deeplearning4j.optimize.solvers.accumulation.GradientsAccumulator;
import org.deeplearning4j.optimize.solvers.accumulation.IndexedTail;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Takes the place of DL4J's step in a joined network: DL4J asks it before each forward pass whether others have sent
 * anything, and gives it each update instead of applying it. The push has applied the update already.
 */
final class SharedAccumulator implements GradientsAccumulator {
    private static final long serialVersionUID = 1;

    private final transient StepProtocol protocol;

    SharedAccumulator(final StepProtocol protocol) {
        this.protocol = protocol;
    }

    /** Called before each forward pass. */
    @Override
    public boolean hasAnything() {
        protocol.begin();
        return false;
    }

    @Override
    public void applyUpdate(
            final StepFunction function, final INDArray params, final INDArray updates, final boolean isFinalStep) {}

    @Override
    public void applyUpdate(
            final StepFunction function, final INDArray params, final INDArray updates, final double alpha) {}

    @Override
    public void storeUpdate(final INDArray array, final int iteration, final int epoch) {}

    @Override
    public void receiveUpdate(final INDArray array) {}

    @Override
    public void setExternalSource(final IndexedTail source) {}

    @Override
    public IndexedTail getExternalSource() {
        return null;
    }

    @Override
    public void markExternalUpdates(final boolean updatesAvailable) {}

    @Override
    public void reset() {}

    @Override
    public void touch() {}
}
