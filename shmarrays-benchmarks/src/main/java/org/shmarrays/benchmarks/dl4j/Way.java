package org.shmarrays.benchmarks.dl4j;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The ways to train a model that are compared. */
enum Way {
    /** The model's own fit, in one thread. */
    FIT("fit", 1, 1),
    /** DL4J's ParallelWrapper: two threads of a process. */
    WRAPPER("parallel-wrapper", 1, 2),
    /** SharedTraining with one worker process. */
    SHARED_1("shared-1", 1, 1),
    /** SharedTraining with two worker processes. */
    SHARED_2("shared-2", 2, 2);

    private final String label;
    private final int processes;
    private final int workers;

    Way(final String label, final int processes, final int workers) {
        this.label = label;
        this.processes = processes;
        this.workers = workers;
    }

    /** As users write it. */
    String label() {
        return label;
    }

    int processes() {
        return processes;
    }

    /** Threads or processes that make steps at the same time. */
    int workers() {
        return workers;
    }

    boolean isShared() {
        return this == SHARED_1 || this == SHARED_2;
    }

    /** SameDiff graphs are not among the models that ParallelWrapper takes. */
    boolean takes(final BenchModel model) {
        return this != WRAPPER || model != BenchModel.SAMEDIFF_MLP;
    }

    static List<String> labels() {
        return Stream.of(values()).map(Way::label).toList();
    }

    static Way of(final String label) {
        return Arrays.stream(values())
                .filter(way -> way.label().equals(label))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("unknown candidate: " + label));
    }
}
