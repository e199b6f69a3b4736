package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.ChunkPush;
import org.shmarrays.nd4j.ChunkArrays;
import org.shmarrays.nd4j.UpdaterKernels;
import org.shmarrays.nd4j.UpdaterSlice;
import org.shmarrays.nd4j.VectorCopy;

/**
 * The slices of a network's updaters in each chunk of its shared array, and how a push updates a chunk: each slice
 * makes its step on the shared values, or on a copy that is stored then, and the network gets the new values at once.
 * For a network of 16 bits all of it is computed in float32. Made once, when a network joins.
 */
final class PartitionSlices {
    /**
     * A chunk.
     *
     * @param gradient the network's own
     * @param computed the gradient in which the slices compute: the network's own, or a copy in their type
     * @param parameters gives the network the new values, or null if the shared values are its parameters
     */
    private record Chunk(List<UpdaterSlice> slices, INDArray gradient, INDArray computed, VectorCopy parameters) {
        void step(final int iteration, final int epoch) {
            if (computed != gradient) {
                computed.assign(gradient);
            }
            for (final UpdaterSlice slice : slices) {
                slice.apply(iteration, epoch);
            }
            if (computed != gradient) {
                gradient.assign(computed);
            }
        }
    }

    private final ChunkArrays memory;
    private final List<Chunk> chunks = new ArrayList<>();
    private int iteration;
    private int epoch;

    /**
     * Slices over these arrays.
     *
     * @param gradient the network's own flat gradient, {@code [n]}, in which backpropagation leaves the gradient and
     *     a push leaves the update
     * @param parameters the network's own flat parameters, {@code [n]}, or null if the shared values are its parameters
     * @param kernels that the slices use
     */
    PartitionSlices(
            final NetworkRanges network,
            final ChunkPush push,
            final ChunkArrays memory,
            final INDArray gradient,
            final INDArray parameters,
            final UpdaterKernels kernels) {
        this.memory = memory;
        final DataType type = memory.values(0).dataType();
        final INDArray copy =
                type == gradient.dataType() ? null : Nd4j.createUninitializedDetached(type, longest(push));
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            final int first = push.first(chunk);
            final int count = push.elementCount(chunk);
            final INDArray own = cut(gradient, first, first + count);
            final INDArray computed = copy == null ? own : cut(copy, 0, count);
            final INDArray values = memory.values(chunk);
            chunks.add(new Chunk(
                    slices(network, first, values, computed, memory.states(chunk), kernels),
                    own,
                    computed,
                    parameters == null ? null : new VectorCopy(values, cut(parameters, first, first + count))));
        }
    }

    private static int longest(final ChunkPush push) {
        int longest = 0;
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            longest = Math.max(longest, push.elementCount(chunk));
        }
        return longest;
    }

    private static List<UpdaterSlice> slices(
            final NetworkRanges network,
            final int first,
            final INDArray values,
            final INDArray gradient,
            final List<INDArray> states,
            final UpdaterKernels kernels) {
        final int end = first + Math.toIntExact(values.length());
        final List<UpdaterSlice> slices = new ArrayList<>();
        for (final UpdaterRange range : network.ranges()) {
            final int from = Math.max(first, range.from());
            final int to = Math.min(end, range.to());
            if (from < to) {
                slices.add(range.slice(
                        from,
                        cut(values, from - first, to - first),
                        cut(gradient, from - first, to - first),
                        states.stream()
                                .map(state -> cut(state, from - first, to - first))
                                .toList(),
                        network.objective(),
                        kernels));
            }
        }
        return slices;
    }

    private static INDArray cut(final INDArray vector, final int from, final int to) {
        return vector.get(NDArrayIndex.interval(from, to));
    }

    /** Sets the point of the training that the next push is at. */
    void at(final int newIteration, final int newEpoch) {
        iteration = newIteration;
        epoch = newEpoch;
    }

    /** Updates a chunk, as {@link org.shmarrays.update.ChunkFunction#update} says. */
    void update(final int chunk) {
        memory.load(chunk);
        final Chunk updated = chunks.get(chunk);
        updated.step(iteration, epoch);
        memory.store(chunk);
        if (updated.parameters() != null) {
            updated.parameters().copy();
        }
    }
}
