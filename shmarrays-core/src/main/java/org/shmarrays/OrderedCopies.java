package org.shmarrays;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Printable;
import org.shmarrays.segment.Segment;
import org.shmarrays.update.ElementAccess;

/**
 * A worker's own copy of the ORDERED arrays, as they were at the end of its last turn: what it reads until its next
 * one, so that what it computes does not depend on when it reads.
 */
final class OrderedCopies {
    private final Segment segment;
    private final List<ArrayLayout> arrays = new ArrayList<>();
    private final Object[] copies;
    private final Staleness staleness;
    private boolean held;

    /** One that is known to update every array. */
    private AccessPlan covering;

    OrderedCopies(final Segment segment, final Staleness staleness) {
        this.segment = segment;
        this.staleness = staleness;
        this.copies = new Object[segment.layout().arrays().size()];
        for (final ArrayLayout array : segment.layout().arrays()) {
            if (array.spec().mode() == Mode.ORDERED) {
                arrays.add(array);
            }
        }
    }

    /** The ORDERED arrays of the segment. */
    List<ArrayLayout> arrays() {
        return arrays;
    }

    /**
     * Returns if a push updates every ORDERED array as a whole.
     *
     * @throws IllegalArgumentException if not: a turn pushes everything, or is skipped
     */
    void checkCovers(final AccessPlan plan, final String name) {
        if (plan == covering) {
            return;
        }
        final BitSet whole = new BitSet();
        for (int i = 0; i < plan.arrayCount(); i++) {
            whole.set(
                    plan.array(i).index(),
                    plan.arrayBytes(i) == plan.array(i).spec().lengthBytes());
        }
        for (final ArrayLayout array : arrays) {
            if (!whole.get(array.index())) {
                throw new IllegalArgumentException("a turn must push every ORDERED array: segment=" + name
                        + ", missing=" + Printable.text(array.spec().name())
                        + "; push all in one call, zeros for those without a gradient");
            }
        }
        covering = plan;
    }

    /** True after the first turn. */
    boolean holdsCopy() {
        return held;
    }

    /** The copy of an array, or null if there is none. */
    Object copyOf(final ArrayLayout array) {
        return held ? copies[array.index()] : null;
    }

    /** Allocates the copies, so that there is memory for {@link #capture}. */
    void reserve() {
        for (final ArrayLayout array : arrays) {
            if (copies[array.index()] == null) {
                copies[array.index()] = ElementAccess.of(array.spec().elementType())
                        .allocate(array.spec().elementCount());
            }
        }
    }

    /** Copies the arrays; in the worker's turn, when nobody else changes them. */
    void capture() {
        for (final ArrayLayout array : arrays) {
            capture(ElementAccess.of(array.spec().elementType()), array);
            staleness.readLocked(array);
        }
        held = true;
    }

    private <A> void capture(final ElementAccess<A> access, final ArrayLayout array) {
        final int count = array.spec().elementCount();
        access.load(segment.file(array.region(), 0), array.offset(), access.carrier(copies[array.index()]), 0, count);
    }
}
