package org.shmarrays.errors;

/** There is no segment of this name, and none appeared before the deadline. */
public final class SegmentNotFoundException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SegmentNotFoundException(final String message) {
        super(message);
    }
}
