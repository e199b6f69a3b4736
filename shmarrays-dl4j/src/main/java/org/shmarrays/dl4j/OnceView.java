package org.shmarrays.dl4j;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The copy of a network that listeners are shown which are called once for its training: parameters, updater state and
 * counts of one moment. It is made once, and its values renewed. For the thread that trains.
 */
final class OnceView {
    private final NetworkSeam seam;
    private final StepProtocol protocol;
    private Model copy;
    private int iteration;
    private boolean isFresh;

    OnceView(final NetworkSeam seam, final StepProtocol protocol) {
        this.seam = seam;
        this.protocol = protocol;
    }

    /** Makes the next look at it copy the values again. */
    void expire() {
        isFresh = false;
    }

    /** The copy, in the last of its iterations: as in DL4J the iteration that is done is not counted yet. */
    Model inIteration(final int epoch) {
        renew();
        counts(iteration - 1, epoch);
        return copy;
    }

    /** The copy between two iterations. */
    Model inEpoch(final int epoch) {
        renew();
        counts(iteration, epoch);
        return copy;
    }

    private void renew() {
        if (isFresh) {
            return;
        }
        if (copy == null) {
            final INDArray parameters = seam.parameters().ulike();
            final SharedValues.Contents contents = protocol.values().contents(parameters);
            copy = seam.copy(parameters, contents.updaterState(), contents.iteration(), contents.epoch());
            iteration = contents.iteration();
        } else {
            final SharedValues.Contents contents = protocol.values().contents(FlatParameters.vector(copy.params()));
            if (contents.updaterState() != null) {
                updaterState().assign(contents.updaterState());
            }
            iteration = contents.iteration();
        }
        isFresh = true;
        copyScore();
    }

    private INDArray updaterState() {
        return copy instanceof ComputationGraph graph
                ? graph.getUpdater().getStateViewArray()
                : ((MultiLayerNetwork) copy).getUpdater().getStateViewArray();
    }

    /** The score of this worker's last step, where it has made one: DL4J has 0 before. */
    private void copyScore() {
        final double score = seam.model().gradient() == null ? Double.NaN : seam.score();
        if (copy instanceof ComputationGraph graph) {
            graph.setScore(score);
        } else {
            ((MultiLayerNetwork) copy).setScore(score);
        }
    }

    private void counts(final int newIteration, final int epoch) {
        if (copy instanceof ComputationGraph graph) {
            graph.getConfiguration().setIterationCount(newIteration);
            graph.getConfiguration().setEpochCount(epoch);
        } else {
            final MultiLayerNetwork network = (MultiLayerNetwork) copy;
            network.setIterationCount(newIteration);
            network.setEpochCount(epoch);
        }
    }
}
