package org.shmarrays.errors;

/** The file system, or the control group's memory, has too little room for what was to be created. */
public final class InsufficientSpaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InsufficientSpaceException(final String message) {
        super(message);
    }

    public InsufficientSpaceException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
