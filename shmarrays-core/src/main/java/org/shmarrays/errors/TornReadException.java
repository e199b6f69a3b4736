package org.shmarrays.errors;

/** A handle that takes no locks could not read a partition consistently before the deadline. */
public final class TornReadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TornReadException(final String message) {
        super(message);
    }
}
