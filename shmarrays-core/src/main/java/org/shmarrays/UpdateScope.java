package org.shmarrays;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/** Knows in which segments' update functions the present thread is: there, other calls on these segments are refused. */
final class UpdateScope {
    private static final ThreadLocal<Deque<UUID>> UPDATING = ThreadLocal.withInitial(ArrayDeque::new);

    private UpdateScope() {}

    /** Returns if the thread is not inside an update function of this segment. */
    static void checkOutside(final UUID segment, final String name) {
        if (UPDATING.get().contains(segment)) {
            throw new IllegalStateException("called from inside an update function of the same segment: name=" + name
                    + "; read what the function needs before the update");
        }
    }

    static void enter(final UUID segment) {
        UPDATING.get().push(segment);
    }

    static void leave() {
        UPDATING.get().pop();
    }
}
