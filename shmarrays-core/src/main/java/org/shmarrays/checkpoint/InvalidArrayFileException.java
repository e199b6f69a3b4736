package org.shmarrays.checkpoint;

/** A file holds no arrays, is cut or altered, or its arrays don't match those of the segment. Nothing was changed. */
public final class InvalidArrayFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidArrayFileException(final String message) {
        super(message);
    }

    InvalidArrayFileException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
