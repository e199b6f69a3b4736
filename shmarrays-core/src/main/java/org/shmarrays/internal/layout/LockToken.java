package org.shmarrays.internal.layout;

/** The value of a lock that is held: the holder's slot, and the generation of that slot. Never 0, which means free. */
public final class LockToken {
    private static final int SLOT_BITS = 16;
    private static final long SLOT_MASK = (1L << SLOT_BITS) - 1;

    /** A slot with this generation can't be claimed again. No machine runs long enough to reach it. */
    public static final long GENERATION_END = 1L << Long.SIZE - 1 - SLOT_BITS;

    private LockToken() {}

    public static long of(final int slotId, final long generation) {
        return generation << SLOT_BITS | slotId + 1L;
    }

    public static int slotId(final long token) {
        return (int) (token & SLOT_MASK) - 1;
    }

    public static long generation(final long token) {
        return token >>> SLOT_BITS;
    }
}
