package org.shmarrays.dl4j;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.ChunkPush;
import org.shmarrays.nd4j.ChunkViews;

/**
 * A step of a joined model: begun before the forward pass, ended by a push in the place of DL4J's own update. DL4J's
 * fit calls both, for each batch, and for each segment of truncated backpropagation through time.
 */
final class StepProtocol {
    private final ModelSeam seam;
    private final TrainingSegment segment;
    private final StateLayout layout;
    private final ChunkPush push;
    private final PartitionSlices slices;
    private final List<ConstrainedChunks> constrained;
    private final INDArray gradient;
    private final INDArray parameters;
    private int batchSize;

    /**
     * Steps of a model in a segment.
     *
     * @param live whether the model's parameters are the shared values
     */
    StepProtocol(final ModelSeam seam, final TrainingSegment segment, final boolean live) {
        this.seam = seam;
        this.segment = segment;
        this.layout = new StateLayout(seam.ranges());
        this.gradient = seam.gradient();
        this.parameters = live ? null : seam.parameters();
        final NetworkRanges ranges = seam.ranges();
        final ChunkViews views = segment.views();
        this.slices = new PartitionSlices(ranges, segment.push(), views, gradient, parameters);
        this.constrained = live
                ? List.of() // DL4J constrains the shared values themselves
                : ConstrainedChunks.of(seam.constrainedLayers(), ranges, segment.push(), views, gradient, parameters);
        ChunkPush grouped = segment.push();
        for (final ConstrainedChunks group : constrained) {
            grouped = group.in(grouped);
        }
        this.push = grouped;
    }

    /** Begins a step: the model gets the shared values, and the counts of the training. */
    void begin() {
        pull();
        seam.counts(segment.iteration(), seam.epoch());
    }

    /** Copies the shared values into the model's own parameters; consistent per partition. */
    void pull() {
        if (parameters != null) {
            segment.readInto(parameters);
        }
    }

    /** Number of samples of the batch that the next push is for. */
    void batchSize(final int samples) {
        batchSize = samples;
    }

    /**
     * Ends a step: updates the shared values and state by the gradient, partition by partition, and counts the step.
     *
     * @param given the gradient that DL4J updates by, in the flat gradient's own memory, or null for that one
     */
    void push(final int iteration, final int epoch, final INDArray given) {
        if (given != null && given.data().address() != gradient.data().address()) {
            throw new IllegalStateException("the model's gradient has moved to other memory since it joined;"
                    + " close the training, and join again");
        }
        slices.at(iteration, epoch);
        constrained.forEach(group -> group.at(iteration, epoch));
        push.run(slices);
        segment.worker().countStep(batchSize, seam.score());
    }

    /** A copy of the shared state in DL4J's flat layout, consistent per element; null if there is none. */
    INDArray updaterState() {
        return layout.toFlat(segment.views().states(), segment.views().values().dataType());
    }
}
