package org.shmarrays.errors;

/** No segment of this name exists, and none was created before the deadline. */
public final class SegmentNotFoundException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SegmentNotFoundException(final String message) {
        super(message);
    }
}
