package org.shmarrays;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Knows in which segments' update functions the present thread is: there, other calls on these segments are refused. Ready-made
 * updates call nobody, so they need not enter.
 */
final class UpdateScope {
    /** Number of scopes entered and not left, by all threads: mostly 0, and then no thread has to look at its own. */
    private static final AtomicInteger ENTERED = new AtomicInteger();

    private static final ThreadLocal<Deque<UUID>> UPDATING = ThreadLocal.withInitial(ArrayDeque::new);

    private UpdateScope() {}

    /** Returns if the thread is not inside an update function of this segment. */
    static void checkOutside(final UUID segment, final String name) {
        if (ENTERED.get() != 0 && UPDATING.get().contains(segment)) {
            throw new IllegalStateException("called from inside an update function of the same segment: name=" + name
                    + "; read what the function needs before the update");
        }
    }

    static void enter(final UUID segment) {
        UPDATING.get().push(segment);
        ENTERED.incrementAndGet();
    }

    static void leave() {
        ENTERED.decrementAndGet();
        UPDATING.get().pop();
    }
}
