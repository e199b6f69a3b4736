package org.shmarrays.layout;

/**
 * How updates of an array meet each other; fixed when the array is created. There are two families: lock-free
 * ({@link #HOGWILD}, {@link #ATOMIC}) and locked ({@link #LOCKED}, {@link #ORDERED}).
 */
public enum Mode {
    /**
     * Plain racy stores, without locks: the scheme of Niu, Recht, Ré and Wright, "Hogwild!" (NIPS 2011). Two updates of
     * one element at the same time may lose one of them. Reads are consistent per element.
     */
    HOGWILD(1),
    /** An element-wise compare-and-set: no addition is lost. Reads are consistent per element. */
    ATOMIC(2),
    /** A lock per partition: updates exclude each other, reads are consistent per partition. */
    LOCKED(3),
    /** As {@link #LOCKED}, and the workers push in turn, so that a run can be repeated bit for bit. */
    ORDERED(4);

    private final int code;

    Mode(final int code) {
        this.code = code;
    }

    /** The code in the array table; never reused for another mode. */
    public int code() {
        return code;
    }

    /** True for the locked family: partitions have locks, versions and undo. */
    public boolean isLocked() {
        return this == LOCKED || this == ORDERED;
    }

    /**
     * The mode with this code.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Mode ofCode(final int code) {
        for (final Mode mode : values()) {
            if (mode.code == code) {
                return mode;
            }
        }
        throw new IllegalArgumentException("unknown mode: code=" + code);
    }
}
