package org.shmarrays.internal.access;

import java.nio.Buffer;
import java.util.Collection;
import java.util.List;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.ElementAccess;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;

/**
 * What a name stands for: an array, or the part of one that an alias names.
 *
 * @param first element of the part, counted in its array
 * @param count number of elements
 * @param shape of the array, or of the alias
 * @param order of the array, or of the alias
 */
public record Target(String name, ArrayLayout array, int first, int count, List<Integer> shape, ArrayOrder order) {
    static final String OPERAND = "the operand";
    static final String DESTINATION = "the destination";

    /**
     * Finds what a name stands for.
     *
     * @throws IllegalArgumentException if the segment has no such array or alias
     */
    static Target of(final SegmentLayout layout, final String segment, final String name) {
        final ArrayLayout array = layout.array(name);
        if (array != null) {
            return new Target(
                    name,
                    array,
                    0,
                    array.spec().elementCount(),
                    boxed(array.spec().shape()),
                    array.spec().order());
        }
        final AliasSpec alias = layout.alias(name);
        if (alias != null) {
            return new Target(
                    name,
                    layout.arrayOfAlias(name),
                    alias.elementOffset(),
                    alias.elementCount(),
                    boxed(alias.shape()),
                    alias.order());
        }
        throw new IllegalArgumentException("array not in segment: name=" + Printable.text(name) + ", segment=" + segment
                + ", arrays=" + names(layout.specs()));
    }

    /**
     * Throws unless the segment has these arrays.
     *
     * @throws IllegalArgumentException otherwise, naming the first that differs
     */
    public static void checkSpecs(final Segment segment, final Collection<ArraySpec> expected) {
        for (final ArraySpec spec : expected) {
            final ArraySpec found =
                    of(segment.layout(), segment.name(), spec.name()).spec();
            if (!found.matches(spec)) {
                throw new IllegalArgumentException("the segment's array differs from the expected one: segment="
                        + segment.name() + ", expected=" + spec + ", found=" + found);
            }
        }
    }

    private static List<Integer> boxed(final int[] shape) {
        return java.util.Arrays.stream(shape).boxed().toList();
    }

    private static String names(final Collection<ArraySpec> specs) {
        final int most = 20;
        final String names =
                Printable.list(specs.stream().limit(most).map(ArraySpec::name).toList());
        return specs.size() <= most ? names : names + " and " + (specs.size() - most) + " more";
    }

    public ArraySpec spec() {
        return array.spec();
    }

    /** Type of the elements of a file: 0 of the values, k + 1 of state array k. */
    ElementType fileType(final int file) {
        final ElementType type = spec().elementType();
        return file == 0 ? type : type.stateType();
    }

    /** Offset of the first byte in the region's file. */
    int start() {
        return array.offset() + first * spec().elementType().sizeBytes();
    }

    /** Offset of the first byte behind the part in the region's file. */
    int end() {
        return start() + lengthBytes();
    }

    int lengthBytes() {
        return count * spec().elementType().sizeBytes();
    }

    /**
     * Throws unless an update can be pushed to this target.
     *
     * @param mode HOGWILD or ATOMIC, or null for the target's own
     * @throws IllegalArgumentException if not
     */
    void checkUpdate(final UpdateFunction function, final Mode mode) {
        if (!function.supports(spec().elementType())) {
            throw new IllegalArgumentException("the update does not support arrays of this type: update=" + function
                    + ", name=" + Printable.text(name) + ", type=" + spec().elementType());
        }
        if (function.stateCount() > spec().stateCount()) {
            throw new IllegalArgumentException("the array has too few state arrays for this update: update=" + function
                    + ", needs=" + function.stateCount() + ", name=" + Printable.text(name) + ", has="
                    + spec().stateCount() + "; create it with withState(" + function.stateCount() + ")");
        }
        final Mode own = spec().mode();
        if (mode != null && mode != own && (mode.isLocked() || own.isLocked())) {
            throw new IllegalArgumentException("the array was not created for this mode: name=" + Printable.text(name)
                    + ", mode=" + own + ", asked=" + mode + "; only HOGWILD and ATOMIC can be chosen per call");
        }
        if ((mode == null ? own : mode).comparesAndSets() && function.stateCount() > 0) {
            throw new IllegalArgumentException("an update with state can't run in mode " + (mode == null ? own : mode)
                    + ": update=" + function + ", name=" + Printable.text(name) + "; create the array in another mode");
        }
    }

    /**
     * Throws unless there is such a state array.
     *
     * @param state from 0 on
     * @throws IllegalArgumentException if there is none
     */
    public void checkState(final int state) {
        if (state < 0 || state >= spec().stateCount()) {
            throw new IllegalArgumentException("no such state array: name=" + Printable.text(name) + ", state=" + state
                    + ", state arrays=" + spec().stateCount() + "; the first one is 0");
        }
    }

    /**
     * Throws unless the values are a Java array, where a buffer won't do.
     *
     * @throws IllegalArgumentException if not
     */
    void checkCarrier(final String what, final Object values) {
        if (!ElementAccesses.of(spec().elementType()).isCarrier(values)) {
            throw new IllegalArgumentException(
                    what + " must be a Java array here, not a buffer: name=" + Printable.text(name)
                            + ", expected=" + spec().elementType().carrier().getSimpleName() + ", given="
                            + values.getClass().getSimpleName());
        }
    }

    /**
     * Throws unless the values are a Java array or a buffer of this target's type and length.
     *
     * @throws IllegalArgumentException if not
     */
    void checkOperand(final String what, final Object values) {
        final int length = operandLength(what, values);
        if (length != count) {
            throw new IllegalArgumentException(what + " has the wrong length: name=" + Printable.text(name) + ", shape="
                    + shape + ", expected=" + count + " elements, given=" + length);
        }
    }

    /**
     * Throws unless values can be put into the Java array or buffer, and it has this target's type and length.
     *
     * @throws IllegalArgumentException if not
     */
    void checkDestination(final Object values) {
        checkOperand(DESTINATION, values);
        checkWritable(values);
    }

    /**
     * Returns unless it is a buffer that can't be written.
     *
     * @throws IllegalArgumentException if it is
     */
    void checkWritable(final Object values) {
        if (values instanceof Buffer buffer && buffer.isReadOnly()) {
            throw new IllegalArgumentException(DESTINATION + " is a read-only buffer: name=" + Printable.text(name));
        }
    }

    /**
     * The number of values: of a buffer those before its limit, wherever its position is.
     *
     * @throws IllegalArgumentException if they are not a Java array or a buffer of this target's type
     */
    int operandLength(final String what, final Object values) {
        if (values == null) {
            throw new IllegalArgumentException(what + " is null: name=" + Printable.text(name));
        }
        final ElementAccess<?> access = ElementAccesses.of(spec().elementType());
        if (access.isCarrier(values)) {
            return java.lang.reflect.Array.getLength(values);
        }
        if (access.isBuffer(values)) {
            return ((Buffer) values).limit();
        }
        throw new IllegalArgumentException(what + " has the wrong type: name=" + Printable.text(name) + ", type="
                + spec().elementType() + ", expected="
                + spec().elementType().carrier().getSimpleName() + ", given="
                + values.getClass().getSimpleName());
    }
}
