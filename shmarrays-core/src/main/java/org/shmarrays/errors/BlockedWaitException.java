package org.shmarrays.errors;

/**
 * Workers wait for each other in a circle, so none of these waits would ever end. The message names each worker, and
 * what it waits for. Close the handle of this worker, and the others go on.
 */
public final class BlockedWaitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BlockedWaitException(final String message) {
        super(message);
    }
}
