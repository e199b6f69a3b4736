package org.shmarrays.spark;

/** A training on many hosts has failed for good; the message says why and what to do. */
public final class HostTrainingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HostTrainingException(final String message) {
        super(message);
    }

    HostTrainingException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
