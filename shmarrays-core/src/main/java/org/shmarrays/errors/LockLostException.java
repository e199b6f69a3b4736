package org.shmarrays.errors;

/** A lock was broken while this worker held it. Other workers may have changed the same partition at the same time. */
public final class LockLostException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public LockLostException(final String message) {
        super(message);
    }
}
