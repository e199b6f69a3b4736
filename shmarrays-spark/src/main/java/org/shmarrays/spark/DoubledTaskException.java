package org.shmarrays.spark;

/** Spark has given two tasks of a round to one executor: none of them counts. */
final class DoubledTaskException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DoubledTaskException(final String message) {
        super(message);
    }
}
