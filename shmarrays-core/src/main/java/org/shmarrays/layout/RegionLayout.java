package org.shmarrays.layout;

/**
 * One data file, and the companions that mirror it.
 *
 * @param index ordinal among the segment's regions
 * @param lengthBytes of the file, with its header
 * @param stateCount number of companion files, each of the same length
 */
public record RegionLayout(int index, int lengthBytes, int stateCount) {}
