package org.shmarrays.layout;

import java.util.List;

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
    ATOMIC(2, Trait.COMPARES_AND_SETS),
    /** A lock per partition: updates exclude each other, reads are consistent per partition. */
    LOCKED(3, Trait.LOCKS),
    /** As {@link #LOCKED}, and the workers push in turn, so that a run can be repeated bit for bit. */
    ORDERED(4, Trait.LOCKS, Trait.TAKES_TURNS);

    /** What a mode does that plain stores of one's own don't. All code asks for these, and for no mode by its name. */
    private enum Trait {
        LOCKS,
        COMPARES_AND_SETS,
        TAKES_TURNS
    }

    private final int code;
    private final boolean isLocked;
    private final boolean comparesAndSets;
    private final boolean takesTurns;

    Mode(final int code, final Trait... traits) {
        final List<Trait> all = List.of(traits);
        this.code = code;
        this.isLocked = all.contains(Trait.LOCKS);
        this.comparesAndSets = all.contains(Trait.COMPARES_AND_SETS);
        this.takesTurns = all.contains(Trait.TAKES_TURNS);
    }

    /** The code in the array table; never reused for another mode. */
    public int code() {
        return code;
    }

    /** True for the locked family: partitions have locks, versions and undo. */
    public boolean isLocked() {
        return isLocked;
    }

    /**
     * True if each element is changed by compare-and-set. Then an update must depend on the element and its gradient
     * alone: it uses no optimizer state, and is no function of whole arrays.
     */
    public boolean comparesAndSets() {
        return comparesAndSets;
    }

    /**
     * True if workers push in turn, and read their own copies between their turns. Such an array has no views, which
     * would bypass the turns.
     */
    public boolean takesTurns() {
        return takesTurns;
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
