package org.shmarrays.report;

/**
 * Something that happened in a run.
 *
 * @param seconds when it was seen, since the beginning
 * @param text a sentence
 * @param isBad whether it should not have happened
 */
public record RunEvent(double seconds, String text, boolean isBad) {}
