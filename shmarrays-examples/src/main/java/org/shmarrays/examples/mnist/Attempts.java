package org.shmarrays.examples.mnist;

/** Runs steps that don't depend on each other: if one fails, the others run all the same. For one thread. */
final class Attempts {
    private Exception first;

    /** What may fail. */
    @FunctionalInterface
    interface Step {
        void run() throws Exception;
    }

    /** Runs a step, and keeps its exception. */
    void attempt(final Step step) {
        try {
            step.run();
        } catch (final Exception e) {
            if (first == null) {
                first = e;
            } else {
                first.addSuppressed(e);
            }
        }
    }

    /** Throws the first exception, which has the later ones as suppressed ones; nothing if no step failed. */
    void throwFirst() throws Exception {
        if (first != null) {
            throw first;
        }
    }
}
