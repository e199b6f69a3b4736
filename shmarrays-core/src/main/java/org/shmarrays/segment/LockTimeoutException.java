package org.shmarrays.segment;

/** The lock of a partition was not got before the deadline; nothing was changed. */
public final class LockTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LockTimeoutException(final String message) {
        super(message);
    }
}
