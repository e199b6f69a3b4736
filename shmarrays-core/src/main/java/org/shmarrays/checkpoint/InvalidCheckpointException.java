package org.shmarrays.checkpoint;

/** A file is no checkpoint, is cut or altered, or holds other arrays than the segment. */
public final class InvalidCheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidCheckpointException(final String message) {
        super(message);
    }

    InvalidCheckpointException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
