package org.shmarrays.errors;

/**
 * Other workers did not reach a barrier, catch up, take their turn, or end a push or a pause before the deadline. If
 * waits continue after their timeout ({@code Settings.onTimeout}), this is thrown only at the stopped timeout, or if
 * the wait would never end.
 */
public final class WaitTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WaitTimeoutException(final String message) {
        super(message);
    }
}
