package org.shmarrays.cli;

import org.shmarrays.layout.WorkerState;

/** How a part of a {@link TopLine} is shown in a terminal with colours. Its text says the same without them. */
enum TopStyle {
    PLAIN,
    /** The name of the segment. */
    TITLE,
    /** The heading of a table. */
    HEADING,
    GOOD,
    WARNING,
    BAD,
    /** What needs no attention. */
    DIM;

    private static final double FREE = 0.1;
    private static final double CROWDED = 0.5;

    static TopStyle of(final WorkerState state) {
        return switch (state) {
            case RUNNING -> GOOD;
            case STOPPED -> WARNING;
            case GONE, ABANDONED -> BAD;
            case ELSEWHERE, NONE, DEPARTED -> DIM;
        };
    }

    /**
     * Of a share of acquisitions or of time that is lost to waiting.
     *
     * @param share from 0 to 1, NaN where it is unknown
     */
    static TopStyle ofShare(final double share) {
        if (Double.isNaN(share)) {
            return PLAIN;
        }
        return share < FREE ? GOOD : share < CROWDED ? WARNING : BAD;
    }
}
