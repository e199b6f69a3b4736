package org.shmarrays.update;

import java.util.Arrays;
import org.shmarrays.layout.ArrayLayout;

/**
 * The rows that a call names, with what it pushes to them: as they were given, and in ascending order. Rows of a window,
 * which is what a partition holds of them, are gone through one after the other; where that broke off, it can go on.
 * Reused from call to call; for one thread.
 */
public final class SelectedRows {
    private static final int LEAST_LENGTH = 64;
    private static final int LEAST_FOR_DIGITS = 256;
    private static final int DIGIT_BITS = 11;
    private static final int DIGITS = 1 << DIGIT_BITS;

    private ArrayLayout array;
    private int first;
    private int rowLength;
    private int[] rows;
    private int count;
    private Object operand;

    /** Row in the upper half, place in the call in the lower one. */
    private long[] keys = new long[LEAST_LENGTH];

    /** Where sorting puts them. */
    private long[] sorted = new long[LEAST_LENGTH];

    private final int[] places = new int[DIGITS + 1];

    private int windowEnd;
    private int keysEnd;
    private int key;
    private int element;

    /**
     * Takes the rows of a call.
     *
     * @param first element of the array with which row 0 begins
     * @param rowLength elements of a row
     * @param rows valid ones; the array is referred to, not copied, until they are {@linkplain #sort sorted}
     * @param count so many of them, from the first on
     * @param operand what is pushed: a carrier or a buffer of {@code count} rows, in the order of {@code rows}
     */
    public void select(
            final ArrayLayout array,
            final int first,
            final int rowLength,
            final int[] rows,
            final int count,
            final Object operand) {
        this.array = array;
        this.first = first;
        this.rowLength = rowLength;
        this.rows = rows;
        this.count = count;
        this.operand = operand;
    }

    /** Lets go of what was pushed. */
    public void clear() {
        rows = null;
        operand = null;
    }

    /** Sorts copies of the rows; equal ones stay in the order in which they were given. */
    public void sort() {
        if (keys.length < count) {
            final int length = Math.max(count, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * keys.length));
            keys = new long[length];
            sorted = new long[length];
        }
        int greatest = 0;
        boolean ascends = true;
        for (int i = 0; i < count; i++) {
            ascends &= i == 0 || rows[i - 1] <= rows[i];
            greatest = Math.max(greatest, rows[i]);
            keys[i] = (long) rows[i] << Integer.SIZE | i;
        }
        if (!ascends && count < LEAST_FOR_DIGITS) {
            Arrays.sort(keys, 0, count);
        } else if (!ascends) {
            sortByDigits(greatest);
        }
    }

    /** Puts the keys in the order of one digit of their rows after the other, the lowest first. */
    private void sortByDigits(final int greatest) {
        for (int shift = Integer.SIZE;
                shift == Integer.SIZE || greatest >>> shift - Integer.SIZE != 0;
                shift += DIGIT_BITS) {
            Arrays.fill(places, 0);
            for (int i = 0; i < count; i++) {
                places[1 + digit(keys[i], shift)]++;
            }
            for (int digit = 1; digit < DIGITS; digit++) {
                places[digit] += places[digit - 1];
            }
            for (int i = 0; i < count; i++) {
                sorted[places[digit(keys[i], shift)]++] = keys[i];
            }
            final long[] swap = keys;
            keys = sorted;
            sorted = swap;
            if (shift + DIGIT_BITS >= Long.SIZE) {
                break; // a shift by 64 or more would begin again
            }
        }
    }

    private static int digit(final long key, final int shift) {
        return (int) (key >>> shift) & DIGITS - 1;
    }

    /** Number of rows, those that are named twice counted twice. */
    public int count() {
        return count;
    }

    public int rowLength() {
        return rowLength;
    }

    /** Element of the array with which the {@code i}-th sorted row begins. */
    public int rowFirst(final int i) {
        return first + row(i) * rowLength;
    }

    /** The first of the sorted rows that are equal to the {@code i}-th. */
    public int firstLike(final int i) {
        int like = i;
        while (like > 0 && row(like - 1) == row(i)) {
            like--;
        }
        return like;
    }

    /**
     * Begins with the rows of a window.
     *
     * @param from the first sorted row that reaches into it
     * @param to one behind the last
     * @param begin the window's first element, counted in the array
     * @param end one behind its last
     */
    public void enter(final int from, final int to, final int begin, final int end) {
        windowEnd = end;
        keysEnd = to;
        moveTo(from, Math.max(begin, from < to ? rowFirst(from) : begin));
    }

    /** Number of different rows that are left in the window. */
    int left() {
        int different = 0;
        for (int i = key; i < keysEnd; i = nextOther(i)) {
            different++;
        }
        return different;
    }

    /** Goes on with an element of a sorted row. */
    void moveTo(final int nextKey, final int nextElement) {
        key = nextKey;
        element = nextElement;
    }

    /** Goes on behind the next {@code n} elements of the present row. */
    void advance(final int n) {
        element += n;
        if (element >= runEnd(key)) {
            key = nextOther(key);
            element = key < keysEnd ? rowFirst(key) : windowEnd;
        }
    }

    /** True if there are rows left in the window. */
    boolean hasNext() {
        return key < keysEnd;
    }

    /** The present row's place among the sorted ones. */
    int key() {
        return key;
    }

    /** One behind the last sorted row of the window. */
    int keysEnd() {
        return keysEnd;
    }

    /** One behind the window's last element. */
    int windowEnd() {
        return windowEnd;
    }

    /** The next element of the present row, counted in the array. */
    int element() {
        return element;
    }

    /** One behind the last element that a sorted row has in the window. */
    int runEnd(final int i) {
        return Math.min(rowFirst(i) + rowLength, windowEnd);
    }

    /** The next sorted row that is another one. */
    int nextOther(final int i) {
        int other = i + 1;
        while (other < keysEnd && row(other) == row(i)) {
            other++;
        }
        return other;
    }

    /** Where the operand has what belongs to an element of a sorted row. */
    int operandIndex(final int i, final int ofElement) {
        return (int) keys[i] * rowLength + ofElement - rowFirst(i);
    }

    private int row(final int i) {
        return (int) (keys[i] >>> Integer.SIZE);
    }

    ArrayLayout array() {
        return array;
    }

    int first() {
        return first;
    }

    /** As they were given. */
    int[] rows() {
        return rows;
    }

    Object operand() {
        return operand;
    }
}
