package org.shmarrays.errors;

/**
 * The segment's name no longer means the files that this process has mapped: they were deleted, renamed, replaced or
 * cut from outside, and not removed by this library. Values can still be read, and written to a checkpoint, through a
 * handle that is open; nothing else goes on.
 */
public final class SegmentVanishedException extends InvalidSegmentException {
    private static final long serialVersionUID = 1L;

    public SegmentVanishedException(final String message) {
        super(message);
    }
}
