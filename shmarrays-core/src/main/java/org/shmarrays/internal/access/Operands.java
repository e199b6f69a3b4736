package org.shmarrays.internal.access;

import java.util.Arrays;
import org.shmarrays.update.OwnedValues;

/**
 * What a call was given for its targets, and the Java arrays and buffers that hold the values. It refers to both: while
 * it is reachable, so is whoever owns the memory. Owners are code of others, so they are called inside the handle's
 * {@link UpdateScope}. For one thread.
 */
final class Operands {
    private final UpdateScope scope;
    private final Object[] given;
    private final Object[] values;

    /** Whether something was given since the last {@link #clear} whose values must be asked for. */
    private boolean owned;

    Operands(final int count, final UpdateScope scope) {
        this.scope = scope;
        this.given = new Object[count];
        this.values = new Object[count];
    }

    /** The values of something that was given to a call. */
    static Object values(final Object given, final UpdateScope scope) {
        if (!(given instanceof OwnedValues owner)) {
            return given;
        }
        scope.enter();
        try {
            return owner.values();
        } finally {
            scope.leave();
        }
    }

    /** Says to the owner of something that was given that the call is done. */
    static void done(final Object given, final UpdateScope scope) {
        if (given instanceof OwnedValues owner) {
            scope.enter();
            try {
                owner.done();
            } finally {
                scope.leave();
            }
        }
    }

    /**
     * Takes what is given for a target; returns whether it is something else than before. {@link #open} must follow.
     */
    boolean set(final int t, final Object value) {
        // What is given again and again is not stored again: the collector's barrier costs as much as the work on a
        // small array.
        if (given[t] == value) {
            return false;
        }
        given[t] = value;
        owned |= value instanceof OwnedValues;
        return true;
    }

    /** Finds the values of what was given for a target, as they are now. */
    Object open(final int t) {
        final Object found = values(given[t], scope);
        if (values[t] != found) {
            values[t] = found;
        }
        return found;
    }

    /** The values that {@link #open} found. */
    Object get(final int t) {
        return values[t];
    }

    boolean hasOwned() {
        return owned;
    }

    /** Says to all owners that the call is done. */
    void done() {
        if (owned) {
            for (final Object value : given) {
                done(value, scope);
            }
        }
    }

    /** Says to all owners that the push has failed and may be resumed. */
    void suspended() {
        if (owned) {
            for (final Object value : given) {
                if (value instanceof OwnedValues owner) {
                    scope.run(owner::suspended);
                }
            }
        }
    }

    /** Forgets what was given, so that it can be collected. */
    void clear() {
        Arrays.fill(given, null);
        Arrays.fill(values, null);
        owned = false;
    }
}
