package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Where the elements of DL4J's flat updater state lie in the state arrays. DL4J puts a range's state arrays one after
 * the other, each as long as the range; then comes the next range. A shared state array has one element per parameter,
 * with the parameter's index, so that a partition holds values and state of the same elements. Parameters whose updater
 * has fewer state arrays than others leave their elements of the rest unused.
 */
final class StateLayout {
    /** Elements that are consecutive in state array {@code array}, and in the flat state from {@code offset} on. */
    private record Run(int array, int from, int to, long offset) {
        INDArrayIndex inArray() {
            return NDArrayIndex.interval(from, to);
        }

        INDArrayIndex inFlat() {
            return NDArrayIndex.interval(offset, offset + to - from);
        }
    }

    private final List<Run> runs = new ArrayList<>();
    private final int elementCount;
    private final int stateCount;
    private final long flatLength;

    StateLayout(final NetworkRanges network) {
        long length = 0;
        for (final UpdaterRange range : network.ranges()) {
            for (int array = 0; array < range.stateCount(); array++) {
                final int count = range.to() - range.from();
                runs.add(new Run(array, range.from(), range.to(), range.stateOffset() + (long) array * count));
                length += count;
            }
        }
        elementCount = network.elementCount();
        stateCount = network.stateCount();
        flatLength = length;
    }

    /** Number of elements of the flat state, 0 without any state. */
    long flatLength() {
        return flatLength;
    }

    /**
     * Copies the flat state into state arrays; elements that are not used keep their values.
     *
     * @param flat of {@link #flatLength()} elements, in any shape; null if that is 0
     * @param arrays one vector for each state array, with one element per parameter
     * @throws IllegalArgumentException if numbers of arrays or elements differ from the network's
     */
    void toArrays(final INDArray flat, final List<INDArray> arrays) {
        check(arrays);
        if ((flat == null ? 0 : flat.length()) != flatLength) {
            throw new IllegalArgumentException("updater state of another network: elements="
                    + (flat == null ? 0 : flat.length()) + ", expected=" + flatLength);
        }
        if (flatLength > 0) {
            final INDArray vector = flat.reshape(flatLength);
            for (final Run run : runs) {
                arrays.get(run.array()).get(run.inArray()).assign(vector.get(run.inFlat()));
            }
        }
    }

    /**
     * The flat state, a vector in memory of its own, or null if there is none, as DL4J has it.
     *
     * @param arrays one vector for each state array, with one element per parameter
     */
    INDArray toFlat(final List<INDArray> arrays, final DataType type) {
        check(arrays);
        if (flatLength == 0) {
            return null;
        }
        final INDArray flat = Nd4j.createUninitializedDetached(type, flatLength);
        for (final Run run : runs) {
            flat.get(run.inFlat()).assign(arrays.get(run.array()).get(run.inArray()));
        }
        return flat;
    }

    private void check(final List<INDArray> arrays) {
        if (arrays.size() != stateCount || arrays.stream().anyMatch(array -> array.length() != elementCount)) {
            throw new IllegalArgumentException("state arrays of another network: lengths="
                    + arrays.stream().map(INDArray::length).toList() + ", expected=" + stateCount + " of "
                    + elementCount);
        }
    }
}
