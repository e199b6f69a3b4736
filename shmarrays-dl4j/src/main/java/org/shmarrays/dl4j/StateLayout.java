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
        /** The run's elements from {@code first} to {@code end - 1}, of which there may be none. */
        Run within(final int first, final int end) {
            final int start = Math.max(first, from);
            return new Run(array, start, Math.min(end, to), offset + start - from);
        }

        boolean isEmpty() {
            return from >= to;
        }

        /** Where it lies in a part of the array that begins with element {@code first}. */
        INDArrayIndex inPart(final int first) {
            return NDArrayIndex.interval(from - first, to - first);
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
        toParts(flat, 0, elementCount, arrays);
    }

    /**
     * {@link #toArrays} for the elements of some parameters.
     *
     * @param first index of the first parameter
     * @param end index after the last parameter
     * @param parts of the state arrays, with an element for each of these parameters
     */
    void toParts(final INDArray flat, final int first, final int end, final List<INDArray> parts) {
        check(parts, end - first);
        if ((flat == null ? 0 : flat.length()) != flatLength) {
            throw new IllegalArgumentException("updater state of another network: elements="
                    + (flat == null ? 0 : flat.length()) + ", expected=" + flatLength);
        }
        if (flatLength > 0) {
            final INDArray vector = flat.reshape(flatLength);
            for (final Run run : runs(first, end)) {
                parts.get(run.array()).get(run.inPart(first)).assign(vector.get(run.inFlat()));
            }
        }
    }

    /**
     * The flat state, a vector in memory of its own, or null if there is none, as DL4J has it.
     *
     * @param arrays one vector for each state array, with one element per parameter
     */
    INDArray toFlat(final List<INDArray> arrays, final DataType type) {
        final INDArray flat = newFlat(type);
        ofParts(arrays, 0, elementCount, flat);
        return flat;
    }

    /** A flat state of any values, or null if there is none. */
    INDArray newFlat(final DataType type) {
        return flatLength == 0 ? null : Nd4j.createUninitializedDetached(type, flatLength);
    }

    /**
     * Copies parts of the state arrays, as of {@link #toParts}, into the flat state, which is a vector; null only if
     * there is none.
     */
    void ofParts(final List<INDArray> parts, final int first, final int end, final INDArray flat) {
        check(parts, end - first);
        for (final Run run : runs(first, end)) {
            flat.get(run.inFlat()).assign(parts.get(run.array()).get(run.inPart(first)));
        }
    }

    private List<Run> runs(final int first, final int end) {
        return runs.stream()
                .map(run -> run.within(first, end))
                .filter(run -> !run.isEmpty())
                .toList();
    }

    private void check(final List<INDArray> arrays, final int length) {
        if (arrays.size() != stateCount || arrays.stream().anyMatch(array -> array.length() != length)) {
            throw new IllegalArgumentException("state arrays of another network: lengths="
                    + arrays.stream().map(INDArray::length).toList() + ", expected=" + stateCount + " of "
                    + length);
        }
    }
}
