package org.shmarrays.errors;

/**
 * Workers wait for each other, so that none of these waits would come to its end; the message names each of them, and
 * what it waits for.
 */
public final class BlockedWaitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BlockedWaitException(final String message) {
        super(message);
    }
}
