package org.shmarrays.nd4j;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;
import org.shmarrays.layout.Names;

/**
 * The memory that a {@link ChunkPush} changes, as INDArrays: its values and its state arrays, each a vector of all
 * elements in the array's own order. The rules of {@link ChunkPush#typedView()} apply: in the locked modes a function
 * stores into its own chunk, while it is called, and nothing else is stored there. The INDArrays stay valid as long as
 * they, or views of them, are referred to.
 */
public final class ChunkViews implements ChunkArrays {
    private final ChunkPush push;
    private final INDArray values;
    private final List<INDArray> states;

    private ChunkViews(final ChunkPush push, final INDArray values, final List<INDArray> states) {
        this.push = push;
        this.values = values;
        this.states = states;
    }

    /**
     * Views of the memory of a push.
     *
     * @param array that the push was made by
     * @throws IllegalStateException on a backend other than the CPU's, whose arrays can't be views of shared memory
     */
    public static ChunkViews of(final ArrayHandle array, final ChunkPush push) {
        if (!Nd4jArrays.transferOf(Nd4j.getExecutioner().type()).isZeroCopy()) {
            throw new IllegalStateException(
                    "only the CPU backend's arrays can be views of shared memory: name=" + Names.printable(array.name())
                            + ", backend=" + Nd4j.getExecutioner().type());
        }
        final int count = array.elementCount();
        return new ChunkViews(
                push,
                ArrayViews.of(push.typedView(), ElementTypes.stored(array.elementType()), 'c', count),
                IntStream.range(0, array.stateCount())
                        .mapToObj(state -> ArrayViews.of(
                                push.typedStateView(state),
                                ElementTypes.stored(array.elementType().stateType()),
                                'c',
                                count))
                        .toList());
    }

    /** The values, {@code [elementCount]}. */
    public INDArray values() {
        return values;
    }

    /** The state arrays, {@code [elementCount]} each; float beside 16-bit values, otherwise of the values' type. */
    public List<INDArray> states() {
        return states;
    }

    @Override
    public INDArray values(final int chunk) {
        return part(values, chunk);
    }

    @Override
    public List<INDArray> states(final int chunk) {
        return states.stream().map(state -> part(state, chunk)).toList();
    }

    private INDArray part(final INDArray vector, final int chunk) {
        final int first = push.first(chunk);
        return vector.get(NDArrayIndex.interval(first, first + push.elementCount(chunk)));
    }

    /** Does nothing: the views show what is there. */
    @Override
    public void load(final int chunk) {}

    /** Does nothing: what was changed is there. */
    @Override
    public void store(final int chunk) {}
}
