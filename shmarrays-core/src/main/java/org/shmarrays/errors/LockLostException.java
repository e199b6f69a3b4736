package org.shmarrays.errors;

/** A lock was broken under its holder: what the holder changed in that partition may have been changed by others too. */
public final class LockLostException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public LockLostException(final String message) {
        super(message);
    }
}
