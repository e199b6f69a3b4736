package org.shmarrays.layout;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.shmarrays.internal.Printable;

/**
 * What an array of a segment is: name, element type, shape, order, mode, number of state arrays, rounding, aliases.
 * Immutable; the {@code with…} and {@code in…} methods return changed copies.
 */
public final class ArraySpec implements Serializable {
    /** The greatest number of dimensions. */
    public static final int MAX_RANK = Shapes.MAX_RANK;

    private static final long serialVersionUID = 1L;

    /** The largest array, in bytes: buffers index by int, and a region has a header. */
    public static final int MAX_ARRAY_BYTES = Integer.MAX_VALUE - 4096;

    /** The greatest number of state arrays. */
    public static final int MAX_STATE_COUNT = 8;

    private final String name;
    private final ElementType elementType;
    private final int[] shape;
    private final int elementCount;
    private final ArrayOrder order;
    private final Mode mode;
    private final int stateCount;
    private final Rounding rounding;

    @SuppressWarnings("serial") // a list of List.of, which is Serializable
    private final List<AliasSpec> aliases;

    private ArraySpec(
            final String name,
            final ElementType elementType,
            final int[] shape,
            final ArrayOrder order,
            final Mode mode,
            final int stateCount,
            final Rounding rounding,
            final List<AliasSpec> aliases) {
        this.name = Names.checkArrayName(name);
        this.elementType = Objects.requireNonNull(elementType, "elementType");
        this.shape = shape.clone();
        this.order = Objects.requireNonNull(order, "order");
        this.mode = Objects.requireNonNull(mode, "mode");
        this.stateCount = stateCount;
        this.rounding = Objects.requireNonNull(rounding, "rounding");
        this.aliases = List.copyOf(aliases);
        final long count = Shapes.elementCount(name, shape);
        if (count > MAX_ARRAY_BYTES / elementType.sizeBytes() / stateScale()) {
            throw new IllegalArgumentException("an array must be smaller than 2 GiB"
                    + (stateScale() == 1 ? "" : ", and so must its state in " + elementType.stateType()) + ": name="
                    + Printable.text(name) + ", type=" + elementType + ", shape=" + Arrays.toString(shape)
                    + "; split it into several arrays");
        }
        this.elementCount = (int) count;
    }

    /**
     * An array in {@link Mode#LOCKED}, row-major, without optimizer state, rounded to nearest.
     *
     * @param shape each dimension at least 1; none at all for a scalar
     * @throws IllegalArgumentException if the name is no name, or the array would have 2 GiB or more
     */
    public static ArraySpec of(final String name, final ElementType elementType, final int... shape) {
        return new ArraySpec(name, elementType, shape, ArrayOrder.C, Mode.LOCKED, 0, Rounding.NEAREST, List.of());
    }

    /** The same with another name. */
    public ArraySpec withName(final String newName) {
        return new ArraySpec(newName, elementType, shape, order, mode, stateCount, rounding, aliases);
    }

    /**
     * The same with arrays for the state of an optimizer: 1 for momentum, 2 for Adam. They have the {@linkplain
     * ElementType#stateType() state type} of the elements and begin as zeros.
     *
     * @throws IllegalArgumentException if the count is not 0 to {@value #MAX_STATE_COUNT}, or a state array would have
     *     2 GiB or more
     */
    public ArraySpec withState(final int count) {
        if (count < 0 || count > MAX_STATE_COUNT) {
            throw new IllegalArgumentException("bad number of state arrays: name=" + Printable.text(name) + ", count="
                    + count + ", max=" + MAX_STATE_COUNT);
        }
        return new ArraySpec(name, elementType, shape, order, mode, count, rounding, aliases);
    }

    /**
     * The same with another rounding of what is stored.
     *
     * @throws IllegalArgumentException if it is stochastic, and the elements have not 16 bits
     */
    public ArraySpec withRounding(final Rounding newRounding) {
        if (newRounding.isStochastic() && elementType.sizeBytes() != Short.BYTES) {
            throw new IllegalArgumentException("stochastic rounding is for FLOAT16 and BFLOAT16: name="
                    + Printable.text(name)
                    + ", type=" + elementType + ", rounding=" + newRounding);
        }
        return new ArraySpec(name, elementType, shape, order, mode, stateCount, newRounding, aliases);
    }

    /** The same in another mode. */
    public ArraySpec inMode(final Mode newMode) {
        return new ArraySpec(name, elementType, shape, order, newMode, stateCount, rounding, aliases);
    }

    /** The same in another order of elements. */
    public ArraySpec inOrder(final ArrayOrder newOrder) {
        return new ArraySpec(name, elementType, shape, newOrder, mode, stateCount, rounding, aliases);
    }

    /**
     * The same with a further name for a part of it.
     *
     * @throws IllegalArgumentException if the part reaches over the array's end
     */
    public ArraySpec withAlias(final AliasSpec alias) {
        return withAliases(List.of(alias));
    }

    /** {@link #withAlias} for several of them, in one copy. */
    public ArraySpec withAliases(final Collection<AliasSpec> some) {
        for (final AliasSpec alias : some) {
            if ((long) alias.elementOffset() + alias.elementCount() > elementCount) {
                throw new IllegalArgumentException("alias extends past the end of its array: alias=" + alias
                        + ", array=" + Printable.text(name) + ", elements=" + elementCount);
            }
        }
        final List<AliasSpec> more = new ArrayList<>(aliases);
        more.addAll(some);
        return new ArraySpec(name, elementType, shape, order, mode, stateCount, rounding, more);
    }

    public String name() {
        return name;
    }

    public ElementType elementType() {
        return elementType;
    }

    /** A copy of the shape. */
    public int[] shape() {
        return shape.clone();
    }

    public int elementCount() {
        return elementCount;
    }

    public int lengthBytes() {
        return elementCount * elementType.sizeBytes();
    }

    public ArrayOrder order() {
        return order;
    }

    public Mode mode() {
        return mode;
    }

    /** Number of state arrays. */
    public int stateCount() {
        return stateCount;
    }

    /** Bytes of a state array. */
    public int stateLengthBytes() {
        return elementCount * elementType.stateType().sizeBytes();
    }

    /** Bytes of a state array for each byte of the values: 2 for 16-bit elements with state, else 1. */
    public int stateScale() {
        return stateCount == 0 ? 1 : elementType.stateType().sizeBytes() / elementType.sizeBytes();
    }

    /** How what is stored is rounded; of no effect but in 16-bit elements. */
    public Rounding rounding() {
        return rounding;
    }

    public List<AliasSpec> aliases() {
        return aliases;
    }

    /** True if all but the aliases is equal: what an attacher must agree with. */
    public boolean matches(final ArraySpec other) {
        return name.equals(other.name)
                && elementType == other.elementType
                && order == other.order
                && mode == other.mode
                && stateCount == other.stateCount
                && rounding.equals(other.rounding)
                && Arrays.equals(shape, other.shape);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof ArraySpec that && matches(that) && aliases.equals(that.aliases);
    }

    @Override
    public int hashCode() {
        // Without the aliases, which may be many.
        return Objects.hash(name, elementType, Arrays.hashCode(shape), order, mode, stateCount, rounding);
    }

    @Override
    public String toString() {
        return Printable.text(name) + ":" + elementType + Arrays.toString(shape) + (order == ArrayOrder.F ? "f" : "")
                + " " + mode
                + (stateCount == 0 ? "" : " state=" + stateCount)
                + (rounding.isStochastic() ? " rounding=" + rounding : "");
    }
}
