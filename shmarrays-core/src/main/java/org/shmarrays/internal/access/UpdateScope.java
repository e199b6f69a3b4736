package org.shmarrays.internal.access;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.shmarrays.internal.segment.LockTimes;

/**
 * Knows in which segments' update functions, and other callbacks of a call, the present thread is: there, other calls
 * on these segments are refused. Ready-made updates call no one, so they need not enter. Each handle has one scope, for
 * its thread; an Error may cut off {@link #enter} and {@link #leave} at any instant, so a scope counts only while its
 * own {@code inside} says so.
 */
final class UpdateScope {
    /** Number of scopes entered and not left, by all threads: mostly 0, and then no thread has to look at its own. */
    private static final AtomicInteger ENTERED = new AtomicInteger();

    private static final ThreadLocal<Deque<UpdateScope>> SCOPES = ThreadLocal.withInitial(ArrayDeque::new);

    private final UUID segment;
    /** Also false as soon as the handle's call has ended, however that was. */
    boolean inside;

    /** Whether it counts among those entered. */
    private boolean counted;

    UpdateScope(final UUID segment) {
        this.segment = segment;
    }

    /**
     * Throws if the thread is inside an update function, or another callback, of this segment.
     *
     * @throws IllegalStateException if it is
     */
    static void checkOutside(final UUID segment, final String name) {
        if (ENTERED.get() == 0) {
            return;
        }
        for (final UpdateScope scope : SCOPES.get()) {
            if (scope.inside && scope.segment.equals(segment)) {
                throw new IllegalStateException(
                        "called from inside an update function or another callback of the same segment: name=" + name
                                + "; read what the callback needs before the call that runs it");
            }
        }
    }

    void enter() {
        if (!counted) {
            ENTERED.incrementAndGet();
            counted = true;
        }
        final Deque<UpdateScope> scopes = SCOPES.get();
        if (!scopes.contains(this)) {
            scopes.push(this);
        }
        inside = true;
    }

    void leave() {
        inside = false;
        SCOPES.get().remove(this);
        if (counted) {
            counted = false;
            ENTERED.decrementAndGet();
        }
    }

    /** Runs code that is not ours, in the middle of a call. */
    void run(final Runnable code) {
        enter();
        try {
            code.run();
        } finally {
            leave();
        }
    }

    /**
     * Tells times of locks from inside the scope: a call of the handle that was made there would be taken for one that
     * was cut off.
     */
    LockTimes times(final LongConsumer waits, final LongConsumer holds) {
        return new LockTimes() {
            @Override
            public void waited(final long waitNs) {
                tell(waits, waitNs);
            }

            @Override
            public void held(final long heldNs) {
                tell(holds, heldNs);
            }
        };
    }

    private void tell(final LongConsumer told, final long ns) {
        enter();
        try {
            told.accept(ns);
        } finally {
            leave();
        }
    }

    /** Whether {@link #leave} has still something to do. */
    boolean isEntered() {
        return counted;
    }
}
