package org.shmarrays.errors;

/** The file system, or the memory of the control group, has too little free space for what was to be created. */
public final class InsufficientSpaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InsufficientSpaceException(final String message) {
        super(message);
    }

    public InsufficientSpaceException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
