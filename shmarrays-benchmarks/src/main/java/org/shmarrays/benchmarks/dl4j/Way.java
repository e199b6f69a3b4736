package org.shmarrays.benchmarks.dl4j;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The ways to train a model that are compared. */
enum Way {
    /** The model's own fit, in one thread. */
    FIT("fit", 1, 1),
    /** {@link #FIT} with the OpenBLAS kernels that workers get, where OpenBLAS would choose others. */
    FIT_TUNED("fit-tuned", 1, 1),
    /** DL4J's ParallelWrapper: two threads of a process. */
    WRAPPER("parallel-wrapper", 1, 2),
    /** {@link #WRAPPER} with the OpenBLAS kernels that workers get. */
    WRAPPER_TUNED("parallel-wrapper-tuned", 1, 2),
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

    boolean isWrapper() {
        return this == WRAPPER || this == WRAPPER_TUNED;
    }

    /** Whether its processes get the kernels that a launcher sets: one that has nothing to set makes no difference. */
    boolean isTuned() {
        return this != FIT && this != WRAPPER;
    }

    /** SameDiff graphs are not among the models that ParallelWrapper takes. */
    boolean takes(final BenchModel model) {
        return !isWrapper() || model != BenchModel.SAMEDIFF_MLP;
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
