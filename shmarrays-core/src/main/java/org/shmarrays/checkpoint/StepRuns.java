package org.shmarrays.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * How many steps of the optimizer an array's elements have seen, by runs of equal counts: what a checkpoint keeps of
 * the step counts of pieces, so that pieces of another partitioning can get theirs.
 *
 * @param runs pairs of a run's first element and its count, ascending, the first one from element 0
 */
record StepRuns(List<List<Object>> runs) {

    /** An array of which no piece has been added. */
    static StepRuns empty() {
        return new StepRuns(new ArrayList<>());
    }

    /** Adds the next piece. */
    void add(final int firstElement, final long steps) {
        if (runs.isEmpty() || steps(runs.size() - 1) != steps) {
            runs.add(List.of((long) firstElement, steps));
        }
    }

    /** Count for a piece: the greatest of its elements' counts. Of the same partitioning it is that piece's own. */
    long of(final int firstElement, final int endElement) {
        long greatest = 0;
        for (int i = runOf(firstElement); i < runs.size() && first(i) < endElement; i++) {
            greatest = Math.max(greatest, steps(i));
        }
        return greatest;
    }

    /** The run in which an element lies, by bisection. */
    private int runOf(final int element) {
        int low = 0;
        int high = runs.size() - 1;
        while (low < high) {
            final int middle = (low + high + 1) >>> 1;
            if (first(middle) <= element) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private long first(final int i) {
        return (Long) runs.get(i).get(0);
    }

    private long steps(final int i) {
        return (Long) runs.get(i).get(1);
    }
}
