package org.shmarrays.layout;

/** The order in which an array's elements lie: the names are numpy's and ND4J's. */
public enum ArrayOrder {
    /** Row-major: the last index runs fastest. */
    C(1),
    /** Column-major: the first index runs fastest. */
    F(2);

    private final int code;

    ArrayOrder(final int code) {
        this.code = code;
    }

    /** The code in the array table. */
    public int code() {
        return code;
    }

    /** The order as numpy and ND4J write it: 'c' or 'f'. */
    public char symbol() {
        return this == C ? 'c' : 'f';
    }

    /**
     * The order with this code.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ArrayOrder ofCode(final int code) {
        for (final ArrayOrder order : values()) {
            if (order.code == code) {
                return order;
            }
        }
        throw new IllegalArgumentException("unknown element order: code=" + code);
    }
}
