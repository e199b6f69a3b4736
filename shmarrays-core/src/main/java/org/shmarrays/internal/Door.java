package org.shmarrays.internal;

import java.lang.invoke.MethodHandles;
import java.util.function.Function;

/**
 * A way through a public class to the machinery behind it, for the modules of this project. The public class opens it
 * when it is initialized. For any thread.
 *
 * @param <F> what the way begins at
 * @param <T> what it leads to
 */
public final class Door<F, T> {
    private final Class<?> owner;
    private volatile Function<? super F, ? extends T> way;

    Door(final Class<?> owner) {
        this.owner = owner;
    }

    /** Called once, by the public class. */
    public void open(final Function<? super F, ? extends T> to) {
        way = to;
    }

    /** Where it leads to from this object; null for null. */
    public T of(final F from) {
        if (from == null) {
            return null;
        }
        if (way == null) {
            initializeOwner();
        }
        return way.apply(from);
    }

    private void initializeOwner() {
        try {
            MethodHandles.lookup().ensureInitialized(owner);
        } catch (final IllegalAccessException e) {
            throw new IllegalStateException("not a public class: " + owner, e);
        }
    }
}
