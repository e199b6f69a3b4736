package org.shmarrays.errors;

/**
 * The lock of a partition, or of a segment's creation, was not got before the deadline; what it guards was not changed.
 * A push wraps it in an UpdateFailedException, because other partitions may have been updated before. Where waits go on
 * after their timeout, {@code Settings.onTimeout}, a wait for a partition ends with it only at the stopped timeout, or
 * if it would never end.
 */
public final class LockTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LockTimeoutException(final String message) {
        super(message);
    }
}
