package org.shmarrays.worker;

/** Other workers did not do in time what was waited for: reach a barrier, catch up, or take their turn. */
public final class WaitTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WaitTimeoutException(final String message) {
        super(message);
    }
}
