package org.shmarrays;

import java.util.UUID;

/** Knows in which segment's update function the present thread is: there, other calls on the segment are refused. */
final class UpdateScope {
    private static final ThreadLocal<UUID> UPDATING = new ThreadLocal<>();

    private UpdateScope() {}

    /** Returns if the thread is not inside an update function of this segment. */
    static void checkOutside(final UUID segment, final String name) {
        if (segment.equals(UPDATING.get())) {
            throw new IllegalStateException("called from inside an update function of the same segment: name=" + name
                    + "; read what the function needs before the update");
        }
    }

    static void enter(final UUID segment) {
        UPDATING.set(segment);
    }

    static void leave() {
        UPDATING.remove();
    }
}
