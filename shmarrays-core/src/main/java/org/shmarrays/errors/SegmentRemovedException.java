package org.shmarrays.errors;

/** The segment was removed while this process was attached to it. */
public final class SegmentRemovedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public SegmentRemovedException(final String message) {
        super(message);
    }
}
