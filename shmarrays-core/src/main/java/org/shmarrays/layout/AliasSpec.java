package org.shmarrays.layout;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;
import org.shmarrays.internal.Printable;

/**
 * A name for a part of an array: it has a shape and an order of its own, but no storage. Immutable.
 */
public final class AliasSpec implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final int elementOffset;
    private final ArrayOrder order;
    private final int[] shape;
    private final int elementCount;

    /**
     * Names a part of an array.
     *
     * @param elementOffset the part's first element, counted from the array's first
     * @param order the order in which the part's elements lie
     * @param shape the part's shape; its elements lie side by side
     */
    public AliasSpec(final String name, final int elementOffset, final ArrayOrder order, final int... shape) {
        this.name = Names.checkArrayName(name);
        this.order = Objects.requireNonNull(order, "order");
        this.shape = shape.clone();
        final long count = Shapes.elementCount(name, shape);
        if (elementOffset < 0 || count > Integer.MAX_VALUE - elementOffset) {
            throw new IllegalArgumentException("alias lies outside any array: name=" + Printable.text(name)
                    + ", elementOffset=" + elementOffset + ", shape=" + Arrays.toString(shape));
        }
        this.elementOffset = elementOffset;
        this.elementCount = (int) count;
    }

    public String name() {
        return name;
    }

    /** The part's first element, counted from the array's first. */
    public int elementOffset() {
        return elementOffset;
    }

    public int elementCount() {
        return elementCount;
    }

    public ArrayOrder order() {
        return order;
    }

    /** A copy of the shape. */
    public int[] shape() {
        return shape.clone();
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof AliasSpec that
                && name.equals(that.name)
                && elementOffset == that.elementOffset
                && order == that.order
                && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, elementOffset, order, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return Printable.text(name) + Arrays.toString(shape) + "@" + elementOffset;
    }
}
