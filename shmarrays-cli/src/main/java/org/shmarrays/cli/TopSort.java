package org.shmarrays.cli;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.shmarrays.report.LiveView.ArrayRow;
import org.shmarrays.report.LiveView.WorkerRow;
import org.shmarrays.status.WorkerStatus;

/** What the rows of {@code top} are sorted by, and the key that asks for it. */
enum TopSort {
    /** Arrays as they were created, workers by slot. */
    ORDER('o', (a, b) -> 0, (a, b) -> 0),
    NAME(
            'n',
            Comparator.comparing(row -> row.total().name()),
            Comparator.comparingInt(row -> row.now().rank())),
    UPDATES(
            'u',
            Comparator.<ArrayRow>comparingLong(row -> row.change().updates()).reversed(),
            byCount(WorkerStatus.Counters::updates)),
    CONTENTION(
            'c',
            Comparator.comparingDouble(TopSort::contention).reversed(),
            byCount(counters -> counters.lockWaits().count())),
    WAITS(
            'w',
            Comparator.<ArrayRow>comparingLong(
                            row -> row.change().lock().waits().sum())
                    .reversed(),
            byCount(counters -> counters.lockWaits().sum()));

    private final char key;
    private final Comparator<ArrayRow> arrays;
    private final Comparator<WorkerRow> workers;

    TopSort(final char key, final Comparator<ArrayRow> arrays, final Comparator<WorkerRow> workers) {
        this.key = key;
        this.arrays = arrays;
        this.workers = workers;
    }

    /** The most first; those of which nothing is known come last. */
    private static Comparator<WorkerRow> byCount(final ToLongFunction<WorkerStatus.Counters> count) {
        return Comparator.<WorkerRow>comparingLong(
                        row -> row.change().map(count::applyAsLong).orElse(-1L))
                .reversed();
    }

    private static double contention(final ArrayRow row) {
        final double ratio = row.change().lock().contentionRatio();
        return Double.isNaN(ratio) ? -1 : ratio;
    }

    Comparator<ArrayRow> arrays() {
        return arrays;
    }

    Comparator<WorkerRow> workers() {
        return workers;
    }

    /** The order that a key asks for. */
    static Optional<TopSort> ofKey(final int key) {
        for (final TopSort sort : values()) {
            if (sort.key == key) {
                return Optional.of(sort);
            }
        }
        return Optional.empty();
    }
}
