package org.shmarrays;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.access.Calls;
import org.shmarrays.internal.access.PlannedAccess;
import org.shmarrays.internal.access.Target;
import org.shmarrays.update.UpdateFunction;

/**
 * A handle for several arrays or aliases of a segment, which are read and updated together. Look it up once: from the
 * second call on, reads and updates by ready-made functions allocate nothing. For the thread of the {@link ShmArrays}
 * that it comes from. Values are as for {@link ArrayHandle}: one Java array or buffer for each name, in the order of
 * the names. It keeps a reference to the arguments of its last call until the next call.
 */
public final class ArrayGroup {
    private final Calls calls;
    private final List<String> names;
    private final PlannedAccess access;
    private final int[] order;

    ArrayGroup(final Calls calls, final List<String> names) {
        this.calls = calls;
        this.names = names;
        this.access = calls.accessTo(names);
        final Target[] targets = access.plan().targets();
        final Map<String, Integer> ordinals = new HashMap<>();
        for (int t = 0; t < targets.length; t++) {
            ordinals.put(targets[t].name(), t);
        }
        this.order = names.stream().mapToInt(ordinals::get).toArray();
    }

    /** The names, in the order in which the calls take values. */
    public List<String> names() {
        return names;
    }

    /**
     * Copies the values out; see {@link ArrayHandle#readInto}.
     *
     * @param into one for each name
     */
    public void readInto(final Object[] into) {
        checkCount("destinations", into);
        calls.pull(access, into, order);
    }

    /** Sets the values; see {@link ArrayHandle#write}. */
    public void write(final Object[] values) {
        checkCount("values", values);
        calls.write(access, values, order);
    }

    /** Updates the values in place, in one push; see {@link ShmArrays#update(java.util.Map, UpdateFunction)}. */
    public void update(final Object[] gradients, final UpdateFunction function) {
        checkCount("gradients", gradients);
        calls.push(access, gradients, null, order, function, null, null);
    }

    /** Updates the values, and copies them out as this update left them. */
    public void updateAndRead(final Object[] gradients, final UpdateFunction function, final Object[] into) {
        checkCount("gradients", gradients);
        checkCount("destinations", into);
        calls.push(access, gradients, into, order, function, null, null);
    }

    private void checkCount(final String what, final Object[] given) {
        if (given.length != names.size()) {
            throw new IllegalArgumentException("the number of " + what + " differs from the number of arrays: given="
                    + given.length + ", arrays=" + Printable.list(names));
        }
    }

    @Override
    public String toString() {
        return Printable.list(names) + " of " + calls.attachment().segment().name();
    }
}
