package org.shmarrays.errors;

/** No slot can be claimed: a process holds it, or it keeps a record that a run still needs. */
public final class NoFreeSlotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NoFreeSlotException(final String message) {
        super(message);
    }
}
