package org.shmarrays.internal.kernel;

import java.lang.reflect.Array;
import org.shmarrays.errors.NonFiniteValueException;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.segment.Segment;

/** The exception that says which of an update's new values is not finite. */
final class NonFinite {
    private NonFinite() {}

    static NonFiniteValueException exception(
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
}
