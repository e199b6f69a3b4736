package org.shmarrays.errors;

/**
 * The segment's name no longer refers to the files that this process has mapped: another program deleted, renamed,
 * replaced or truncated them. Through an open handle, values can still be read and written to a checkpoint. All other
 * calls fail.
 */
public final class SegmentVanishedException extends InvalidSegmentException {
    private static final long serialVersionUID = 1L;

    public SegmentVanishedException(final String message) {
        super(message);
    }
}
