package org.shmarrays.errors;

/** An update would write NaN or infinity, and the settings reject that. */
public final class NonFiniteValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String array;
    private final int index;

    public NonFiniteValueException(final String message, final String array, final int index) {
        super(message);
        this.array = array;
        this.index = index;
    }

    /** Name of the array. */
    public String array() {
        return array;
    }

    /** Index of the first such element, in the array's order of elements. */
    public int index() {
        return index;
    }
}
