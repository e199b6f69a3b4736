package org.shmarrays.update;

import java.lang.reflect.Array;
import org.shmarrays.layout.ArrayLayout;
import org.shmarrays.layout.Printable;
import org.shmarrays.segment.Segment;

/** An update gives NaN or infinity, and the settings reject that. */
public final class NonFiniteValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String array;
    private final int index;

    private NonFiniteValueException(final String message, final String array, final int index) {
        super(message);
        this.array = array;
        this.index = index;
    }

    static NonFiniteValueException of(
            final Segment segment,
            final ArrayLayout array,
            final int index,
            final String what,
            final Object values,
            final int at) {
        final String name = array.spec().name();
        return new NonFiniteValueException(
                "the update produces a value that is not finite: segment=" + segment.name() + ", array="
                        + Printable.text(name)
                        + ", index=" + index + what + ", value=" + Array.get(values, at)
                        + " as "
                        + (what.isEmpty()
                                ? array.spec().elementType()
                                : array.spec().elementType().stateType())
                        + "; check the gradient and the learning rate",
                name,
                index);
    }

    /** Name of the array. */
    public String array() {
        return array;
    }

    /** The first such element, counted in the array's order of elements. */
    public int index() {
        return index;
    }
}
