package org.shmarrays.errors;

/** A segment of this name already exists. */
public final class SegmentExistsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SegmentExistsException(final String message) {
        super(message);
    }
}
