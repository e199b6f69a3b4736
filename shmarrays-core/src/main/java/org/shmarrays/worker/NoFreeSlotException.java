package org.shmarrays.worker;

/** All slots of the segment are held by live workers. */
public final class NoFreeSlotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NoFreeSlotException(final String message) {
        super(message);
    }
}
