package org.shmarrays.examples.mnist;

/** The data set is missing, damaged or not what its name says; the message tells which file, what was found and what to do. */
public final class MnistDataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MnistDataException(final String message) {
        super(message);
    }

    MnistDataException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
