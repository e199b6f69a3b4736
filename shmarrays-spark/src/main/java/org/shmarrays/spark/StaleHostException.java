package org.shmarrays.spark;

/** A host was sent the rows that changed, and does not have the version of the parameters that they belong to. */
final class StaleHostException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    StaleHostException(final String message) {
        super(message);
    }
}
