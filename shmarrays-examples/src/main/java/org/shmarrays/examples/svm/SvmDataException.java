package org.shmarrays.examples.svm;

/** A file of examples is damaged, or holds what can't be trained on; the message has the file and the line. */
public final class SvmDataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SvmDataException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
