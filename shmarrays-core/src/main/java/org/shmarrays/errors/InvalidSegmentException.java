package org.shmarrays.errors;

/** The files are no segment, or not one that this version of shmarrays, or this user, can work with. */
public class InvalidSegmentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidSegmentException(final String message) {
        super(message);
    }

    public InvalidSegmentException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
