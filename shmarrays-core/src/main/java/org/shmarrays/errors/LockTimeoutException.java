package org.shmarrays.errors;

/**
 * The lock of a partition, or of a segment's creation, was not free before the deadline. What the lock guards was not
 * changed. A push wraps this exception in an UpdateFailedException, because other partitions may have been updated
 * before. If waits continue after their timeout ({@code Settings.onTimeout}), a wait for a partition ends with it only
 * at the stopped timeout, or if it would never end.
 */
public final class LockTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LockTimeoutException(final String message) {
        super(message);
    }
}
