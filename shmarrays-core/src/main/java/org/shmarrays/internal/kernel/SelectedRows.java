package org.shmarrays.internal.kernel;

import java.util.Arrays;
import org.shmarrays.internal.layout.ArrayLayout;

/**
 * The rows that a call names, with what it pushes to them: as they were given, and in ascending order. Rows of a
 * window, which is what a partition holds of them, are gone through one after the other; where that broke off, it can
 * go on. Reused from call to call; for one thread.
 */
public final class SelectedRows {
    private static final int NONE = -1;
    private static final int LEAST_LENGTH = 64;
    private static final int LEAST_FOR_DIGITS = 256;
    private static final int MOST_DIGIT_BITS = 11;

    private ArrayLayout array;
    private int first;
    private int rowLength;
    private int[] rows;
    private int count;
    private Object operand;

    /** An array in which what is pushed from buffers is copied, kept from push to push. */
    private Object heap;

    /** Row in the upper half, place in the call in the lower one. */
    private long[] keys = new long[LEAST_LENGTH];

    /** Where sorting puts them. */
    private long[] sorted = new long[LEAST_LENGTH];

    private final int[] places = new int[(1 << MOST_DIGIT_BITS) + 1];

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

    /** Takes what is pushed to the same rows from somewhere else. */
    public void takeOperand(final Object values) {
        operand = values;
    }

    /** Takes what is pushed from an array, which it keeps. */
    void takeHeap(final Object copy) {
        heap = copy;
        operand = copy;
    }

    /** The array that was last {@linkplain #takeHeap taken}, or null. */
    Object heap() {
        return heap;
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

    /**
     * Puts the keys in the order of one digit of their rows after the other, the lowest first; all digits are of the
     * same length.
     */
    private void sortByDigits(final int greatest) {
        final int rowBits = Integer.SIZE - Integer.numberOfLeadingZeros(greatest);
        final int digitCount = (rowBits + MOST_DIGIT_BITS - 1) / MOST_DIGIT_BITS;
        final int digitBits = (rowBits + digitCount - 1) / digitCount;
        for (int digit = 0; digit < digitCount; digit++) {
            sortByDigit(Integer.SIZE + digit * digitBits, (1 << digitBits) - 1);
            final long[] swap = keys;
            keys = sorted;
            sorted = swap;
        }
    }

    private void sortByDigit(final int shift, final int mask) {
        Arrays.fill(places, 0, mask + 2, 0);
        for (int i = 0; i < count; i++) {
            places[1 + ((int) (keys[i] >>> shift) & mask)]++;
        }
        int place = 0;
        for (int digit = 1; digit <= mask; digit++) {
            place += places[digit];
            places[digit] = place;
        }
        for (int i = 0; i < count; i++) {
            sorted[places[(int) (keys[i] >>> shift) & mask]++] = keys[i];
        }
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
     * @param to the index after the last, or after others that lie wholly after the window
     * @param begin the window's first element, counted in the array
     * @param end the index after its last
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

    /**
     * Lists the rows that come next, up to one that is cut by the window or named twice, and goes on behind them.
     *
     * @param offsets take where they begin in their file, in bytes
     * @param indexes take where the operand has what belongs to them
     * @param from the first place that is taken
     * @param to the index after the last place that may be taken
     * @return the index after the last place that is taken
     */
    int listWhole(final int[] offsets, final int[] indexes, final int from, final int to) {
        if (key >= keysEnd || element != rowFirst(key)) {
            return from;
        }
        final int sizeBytes = array.spec().elementType().sizeBytes();
        final int length = rowLength;
        final int file = array.offset() + first * sizeBytes;
        final int lastWhole = windowEnd - first - length;
        int listed = from;
        int i = key;
        int row = row(i);
        while (listed < to && row != NONE && row * length <= lastWhole) {
            final int next = i + 1 < keysEnd ? row(i + 1) : NONE;
            if (next == row) {
                break;
            }
            offsets[listed] = file + row * length * sizeBytes;
            indexes[listed] = (int) keys[i] * length;
            listed++;
            i++;
            row = next;
        }
        moveTo(i, i < keysEnd ? rowFirst(i) : windowEnd);
        return listed;
    }

    /** True if there are rows left in the window. */
    boolean hasNext() {
        return key < keysEnd && element < windowEnd;
    }

    /** The present row's place among the sorted ones. */
    public int key() {
        return key;
    }

    /** The index after the last sorted row of the window. */
    int keysEnd() {
        return keysEnd;
    }

    /** The index after the window's last element. */
    int windowEnd() {
        return windowEnd;
    }

    /** The next element of the present row, counted in the array. */
    int element() {
        return element;
    }

    /** The index after the last element that a sorted row has in the window. */
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
