package org.shmarrays.cli;

import java.util.Comparator;
import java.util.Optional;
import org.shmarrays.report.LiveView.ArrayRow;
import org.shmarrays.report.LiveView.WorkerRow;

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
            Comparator.<WorkerRow>comparingLong(row -> row.change().updates()).reversed()),
    CONTENTION(
            'c',
            Comparator.<ArrayRow>comparingDouble(row -> row.change().lock().contentionRatio())
                    .reversed(),
            Comparator.<WorkerRow>comparingLong(row -> row.change().lockWaits().count())
                    .reversed()),
    WAITS(
            'w',
            Comparator.<ArrayRow>comparingLong(
                            row -> row.change().lock().waits().sum())
                    .reversed(),
            Comparator.<WorkerRow>comparingLong(row -> row.change().lockWaits().sum())
                    .reversed());

    private final char key;
    private final Comparator<ArrayRow> arrays;
    private final Comparator<WorkerRow> workers;

    TopSort(final char key, final Comparator<ArrayRow> arrays, final Comparator<WorkerRow> workers) {
        this.key = key;
        this.arrays = arrays;
        this.workers = workers;
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
