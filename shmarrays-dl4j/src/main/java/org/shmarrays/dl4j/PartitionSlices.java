package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.ChunkPush;
import org.shmarrays.nd4j.ChunkViews;
import org.shmarrays.nd4j.UpdaterSlice;

/**
 * The slices of a network's updaters in each chunk of its shared array, and how a push updates a chunk: each slice
 * makes its step on the shared values, and the network gets the new values at once. Made once, when a network joins.
 */
final class PartitionSlices {
    private final List<List<UpdaterSlice>> slices = new ArrayList<>();
    private final List<INDArray> shared = new ArrayList<>();
    private final List<INDArray> own = new ArrayList<>();
    private int iteration;
    private int epoch;

    /**
     * Slices over these arrays.
     *
     * @param gradient the network's own flat gradient, {@code [n]}, in which backpropagation leaves the gradient and
     *     a push leaves the update
     * @param parameters the network's own flat parameters, {@code [n]}, or null if the shared values are its parameters
     */
    PartitionSlices(
            final NetworkRanges network,
            final ChunkPush push,
            final ChunkViews views,
            final INDArray gradient,
            final INDArray parameters) {
        for (int chunk = 0; chunk < push.chunkCount(); chunk++) {
            final int first = push.first(chunk);
            final int end = first + push.elementCount(chunk);
            slices.add(slices(network, views, gradient, first, end));
            if (parameters != null) {
                shared.add(cut(views.values(), first, end));
                own.add(cut(parameters, first, end));
            }
        }
    }

    private static List<UpdaterSlice> slices(
            final NetworkRanges network,
            final ChunkViews views,
            final INDArray gradient,
            final int first,
            final int end) {
        final List<UpdaterSlice> slices = new ArrayList<>();
        for (final UpdaterRange range : network.ranges()) {
            final int from = Math.max(first, range.from());
            final int to = Math.min(end, range.to());
            if (from < to) {
                slices.add(range.slice(
                        from,
                        cut(views.values(), from, to),
                        cut(gradient, from, to),
                        views.states().stream()
                                .map(state -> cut(state, from, to))
                                .toList(),
                        network.objective()));
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

    /** Updates a chunk, as {@link org.shmarrays.ChunkFunction#update} says. */
    void update(final int chunk, final int first, final int count) {
        for (final UpdaterSlice slice : slices.get(chunk)) {
            slice.apply(iteration, epoch);
        }
        if (!own.isEmpty()) {
            own.get(chunk).assign(shared.get(chunk));
        }
    }
}
