package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.ChunkPush;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.UpdaterKernels;
import org.shmarrays.nd4j.UpdaterSlice;
import org.shmarrays.update.ChunkFunction;

/**
 * Consecutive chunks that hold whole layers with constraints, for a model that computes on a copy. A constraint depends
 * on all of a layer's parameters, so these chunks are updated together. DL4J constrains the model's own parameters
 * after the push, which can't be prevented. So the shared array gets the constrained values, and the model is left with
 * the unconstrained ones, which DL4J then constrains.
 */
final class ConstrainedChunks implements ChunkFunction.Group {
    private final int fromChunk;
    private final int toChunk;
    private final int from;
    private final ChunkPush push;
    private final ChunkArrays memory;
    private final List<ConstrainedLayer> layers;
    private final List<UpdaterSlice> slices = new ArrayList<>();
    private final INDArray ownValues;
    private final INDArray unconstrained;
    private final List<INDArray> newStates = new ArrayList<>();
    private int iteration;
    private int epoch;

    private ConstrainedChunks(
            final int fromChunk,
            final int toChunk,
            final List<ConstrainedLayer> layers,
            final NetworkRanges network,
            final ChunkPush push,
            final ChunkArrays memory,
            final INDArray gradient,
            final INDArray parameters,
            final UpdaterKernels kernels) {
        this.fromChunk = fromChunk;
        this.toChunk = toChunk;
        this.layers = layers;
        this.push = push;
        this.memory = memory;
        from = push.first(fromChunk);
        final int to = push.first(toChunk - 1) + push.elementCount(toChunk - 1);
        ownValues = cut(parameters, from, to);
        unconstrained = ownValues.dup();
        for (int i = 0; i < network.stateCount(); i++) {
            newStates.add(Nd4j.createUninitializedDetached(ownValues.dataType(), to - from));
        }
        for (final UpdaterRange range : network.ranges()) {
            final int start = Math.max(from, range.from());
            final int end = Math.min(to, range.to());
            if (start < end) {
                slices.add(range.slice(
                        start,
                        cut(parameters, start, end),
                        cut(gradient, start, end),
                        newStates.stream()
                                .map(state -> cut(state, start - from, end - from))
                                .toList(),
                        network.objective(),
                        kernels));
            }
        }
    }

    /**
     * The groups of chunks that layers with constraints need; those of layers that share a chunk are one.
     *
     * @param constrained in ascending order
     * @param gradient as of {@link PartitionSlices}
     * @param parameters as of {@link PartitionSlices}
     * @param kernels that the slices use
     */
    static List<ConstrainedChunks> of(
            final List<ConstrainedLayer> constrained,
            final NetworkRanges network,
            final ChunkPush push,
            final ChunkArrays memory,
            final INDArray gradient,
            final INDArray parameters,
            final UpdaterKernels kernels) {
        final List<ConstrainedChunks> groups = new ArrayList<>();
        int chunk = 0;
        int layer = 0;
        while (layer < constrained.size()) {
            while (end(push, chunk) <= constrained.get(layer).from()) {
                chunk++;
            }
            final int firstChunk = chunk;
            final List<ConstrainedLayer> layers = new ArrayList<>();
            while (layer < constrained.size() && constrained.get(layer).from() < end(push, chunk)) {
                layers.add(constrained.get(layer));
                while (end(push, chunk) < constrained.get(layer).to()) {
                    chunk++;
                }
                layer++;
            }
            chunk++;
            groups.add(new ConstrainedChunks(
                    firstChunk, chunk, layers, network, push, memory, gradient, parameters, kernels));
        }
        return groups;
    }

    private static int end(final ChunkPush push, final int chunk) {
        return push.first(chunk) + push.elementCount(chunk);
    }

    private static INDArray cut(final INDArray vector, final int first, final int end) {
        return vector.get(NDArrayIndex.interval(first, end));
    }

    /** Pushes that leave these chunks to this group. */
    ChunkPush in(final ChunkPush push) {
        return push.withGroup(fromChunk, toChunk, this);
    }

    /** Sets the point of the training that the next push is at. */
    void at(final int newIteration, final int newEpoch) {
        iteration = newIteration;
        epoch = newEpoch;
    }

    @Override
    public void prepare() {
        for (int chunk = fromChunk; chunk < toChunk; chunk++) {
            final int start = push.first(chunk) - from;
            final int end = start + push.elementCount(chunk);
            memory.load(chunk);
            cut(ownValues, start, end).assign(memory.values(chunk));
            for (int i = 0; i < newStates.size(); i++) {
                cut(newStates.get(i), start, end).assign(memory.states(chunk).get(i));
            }
        }
        for (final UpdaterSlice slice : slices) {
            slice.apply(iteration, epoch);
        }
        unconstrained.assign(ownValues);
        for (final ConstrainedLayer constrained : layers) {
            // As DL4J does it, which has counted the iteration by then.
            constrained.layer().applyConstraints(iteration + 1, epoch);
        }
    }

    @Override
    public void update(final int chunk, final int first, final int count) {
        final int start = first - from;
        final int end = start + count;
        memory.values(chunk).assign(cut(ownValues, start, end));
        for (int i = 0; i < newStates.size(); i++) {
            memory.states(chunk).get(i).assign(cut(newStates.get(i), start, end));
        }
        memory.store(chunk);
    }

    @Override
    public void stored() {
        ownValues.assign(unconstrained);
    }
}
