package org.shmarrays.layout;

import java.util.List;

/**
 * What happens when several workers update an array at the same time. The mode of an array is fixed when the array is
 * created. There are two families: lock-free ({@link #HOGWILD}, {@link #ATOMIC}) and locked ({@link #LOCKED},
 * {@link #ORDERED}).
 */
public enum Mode {
    /**
     * Plain loads and stores without locks: the scheme of Niu, Recht, Ré and Wright, "Hogwild!" (NIPS 2011). If two
     * workers update one element at the same time, one of the two updates may be lost. Reads are consistent per
     * element.
     */
    HOGWILD(1),
    /** A compare-and-set of each element: no addition is lost. Reads are consistent per element. */
    ATOMIC(2, Trait.COMPARES_AND_SETS),
    /** One lock per partition: updates of a partition exclude each other. Reads are consistent per partition. */
    LOCKED(3, Trait.LOCKS),
    /** As {@link #LOCKED}, and the workers push in turn. So a run can be repeated bit for bit. */
    ORDERED(4, Trait.LOCKS, Trait.TAKES_TURNS);

    /** What a mode does beyond plain loads and stores. Code asks for a trait, never for a mode by its name. */
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

    /** The code in a segment's catalog. It is never reused for another mode. */
    public int code() {
        return code;
    }

    /** True for the locked family: its partitions have locks, versions and undo. */
    public boolean isLocked() {
        return isLocked;
    }

    /**
     * True if each element is changed by compare-and-set. Then the new value of an element may depend only on the old
     * value and its gradient: the update uses no optimizer state, and is not a function of whole arrays.
     */
    public boolean comparesAndSets() {
        return comparesAndSets;
    }

    /**
     * True if workers push in turn, and read their own copies between their turns. Such an array has no views, because
     * views would bypass the turns.
     */
    public boolean takesTurns() {
        return takesTurns;
    }

    /**
     * The mode with this code.
     *
     * @throws IllegalArgumentException if no mode has this code
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
