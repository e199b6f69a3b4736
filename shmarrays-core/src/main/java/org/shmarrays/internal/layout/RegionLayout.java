package org.shmarrays.internal.layout;

/**
 * One data file, and the state files that mirror it: an element's state has the element's index in them.
 *
 * @param index ordinal among the segment's regions
 * @param lengthBytes of the data file, with its header
 * @param stateCount number of state files
 * @param stateScale bytes of a state file for each byte of the data file: 2 for 16-bit elements, whose state is
 *     float32, else 1
 */
public record RegionLayout(int index, int lengthBytes, int stateCount, int stateScale) {

    /** Length of a file: 0 the values, k + 1 state array k. */
    public int fileLengthBytes(final int file) {
        return lengthBytes * scale(file);
    }

    /**
     * Bytes of a file for each byte of the values; offsets in a file are those in the data file, multiplied by this.
     */
    public int scale(final int file) {
        return file == 0 ? 1 : stateScale;
    }

    /** Bytes of all files for each byte of the values. */
    public int totalScale() {
        return 1 + stateScale * stateCount;
    }
}
