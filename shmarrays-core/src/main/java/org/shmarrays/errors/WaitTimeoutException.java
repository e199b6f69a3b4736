package org.shmarrays.errors;

/**
 * Other workers did not do in time what was waited for: reach a barrier, catch up, take their turn, or end a push or a
 * pause. Where waits go on after their timeout, {@code Settings.onTimeout}, it is thrown only at the stopped timeout,
 * or if the wait would never end.
 */
public final class WaitTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WaitTimeoutException(final String message) {
        super(message);
    }
}
