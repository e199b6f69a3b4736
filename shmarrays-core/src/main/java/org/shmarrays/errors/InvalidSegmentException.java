package org.shmarrays.errors;

/** The files are not a segment, or not a segment that this version of shmarrays, or this user, can use. */
public class InvalidSegmentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidSegmentException(final String message) {
        super(message);
    }

    public InvalidSegmentException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
